/**
 * What a template consists of, in our own words: an adapter translates them, nobody else knows a vendor's components.
 * Text may hold variables: `{first_name}`, or `{first_name|friend}` with what stands there when the value is missing.
 */
export const MEDIA_FORMATS = ['image', 'video', 'document'] as const;

/** Where the link or the name of the file holds variables, each message brings its own. */
export interface FileHeader {
  format: (typeof MEDIA_FORMATS)[number];
  /** What the reviewers are shown: an https address, or the file itself as a `data:` address. */
  sample?: string | undefined;
  link?: string | undefined;
  filename?: string | undefined;
}

export interface PlaceHeader {
  format: 'location';
  latitude?: string | undefined;
  longitude?: string | undefined;
  name?: string | undefined;
  address?: string | undefined;
}

export type HeaderMedia = FileHeader | PlaceHeader;

export const OTP_TYPES = ['copy_code', 'one_tap', 'zero_tap'] as const;

export type TemplateButton =
  | { type: 'quick_reply'; text: string; payload?: string | undefined }
  | { type: 'url'; text: string; url: string; example?: string | undefined }
  | { type: 'phone_number'; text: string; phone_number: string }
  | { type: 'copy_code'; code: string; example?: string | undefined }
  | {
      type: 'otp';
      otp_type: (typeof OTP_TYPES)[number];
      apps?: readonly { package_name: string; signature_hash: string }[] | undefined;
      /** The business's own word to the platform, which nobody gives for it. */
      zero_tap_terms_accepted?: boolean | undefined;
    }
  | { type: 'request_contact_info' }
  | { type: 'flow'; text: string; flow_id: string; screen?: string | undefined }
  | { type: 'catalog'; text: string };

export type ButtonType = TemplateButton['type'];

/** Authentication has no text of its own: the platform writes it, in the template's language. */
export interface Authentication {
  add_security_recommendation?: boolean | undefined;
  code_expiration_minutes?: number | undefined;
}

export interface TemplateText {
  /** A text; a file or a place stands in `media` instead. */
  header: string | null;
  media?: HeaderMedia | null;
  body: string;
  footer: string | null;
  buttons?: readonly TemplateButton[];
  authentication?: Authentication | null;
}

/** A file or a place as it goes out with a message. */
export type MessageMedia =
  | { format: FileHeader['format']; link: string; filename?: string }
  | { format: 'location'; latitude: string; longitude: string; name: string; address: string };

/** What a button is told with each message. Those that are always the same are not told anything. */
export interface ButtonValue {
  /** Among all buttons of the template, from zero. */
  index: number;
  type: ButtonType;
  /** The end of an address, a code, what comes back with a tap. */
  value?: string;
}
