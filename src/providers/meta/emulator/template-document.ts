/** A template as the platform keeps it, and where it stands on the shelf. */
import type { EmulatorAccount, EmulatorWorld, Shelf } from '#core/emulation.ts';

/** as the client wrote it, its type in capitals */
export type TemplateButton = {
  type: string;
  text?: string;
  url?: string;
  phone_number?: string;
  otp_type?: string;
  supported_apps?: unknown;
  package_name?: string;
  zero_tap_terms_accepted?: boolean;
  flow_id?: string;
  flow_name?: string;
  flow_json?: string;
  example?: unknown;
};

/** kept as it came: what we do not know is shown back as it is */
export type TemplateComponent = {
  type: string;
  format?: string;
  text?: string;
  example?: unknown;
  buttons?: TemplateButton[];
  add_security_recommendation?: boolean;
  code_expiration_minutes?: number;
};

export type TemplateDocument = {
  id: string;
  businessAccountId: string;
  name: string;
  language: string;
  category: string;
  previousCategory?: string;
  correctCategory?: string;
  /** when the category that was announced comes into force */
  categoryAt?: number;
  parameterFormat: 'POSITIONAL' | 'NAMED';
  components: TemplateComponent[];
  status: string;
  rejectedReason: string;
  quality: string;
  ttlSeconds?: number;
  createdAt: number;
  pauses: number;
  /** Of a pause for quality. One by pacing has no end of its own. */
  pausedUntil?: number;
  /** of an approved one, when */
  edits?: number[];
};

export function templateShelf(world: EmulatorWorld): Shelf<TemplateDocument> {
  return world.shelf<TemplateDocument>('meta_template');
}

/** names of deleted templates that may not be used again yet: until when */
export function blockedNames(world: EmulatorWorld): Shelf<{ until: number }> {
  return world.shelf<{ until: number }>('meta_template_blocked');
}

/** name and language together are the key; a number's templates belong to its business account */
export function templateKey(businessAccountId: string, name: string, language: string): string {
  return `${businessAccountId}/${name}/${language}`;
}

export function keyOf(template: TemplateDocument): string {
  return templateKey(template.businessAccountId, template.name, template.language);
}

export function templatesOf(world: EmulatorWorld, account: EmulatorAccount): TemplateDocument[] {
  return [...templateShelf(world).values()].filter(
    template => template.businessAccountId === account.businessAccountId,
  );
}

export function templateById(world: EmulatorWorld, id: string): TemplateDocument | undefined {
  for (const template of templateShelf(world).values()) if (template.id === id) return template;
  return undefined;
}

const VARIABLE = /\{\{\s*([^{}\s]*)\s*\}\}/g;

/** in order of first appearance, each once */
export function variablesIn(text: string): string[] {
  return [...new Set(Array.from(text.matchAll(VARIABLE), found => found[1] as string))];
}

/** in one pass: a value that looks like a variable stays what it is */
export function fillVariables(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(VARIABLE, (whole, name: string) => values.get(name) ?? whole);
}

const AUTHENTICATION_TEXTS: Record<string, { code: string; advice: string; expiry: string }> = {
  en: {
    code: '*{{1}}* is your verification code.',
    advice: ' For your security, do not share this code.',
    expiry: 'This code expires in {{n}} minutes.',
  },
  ro: {
    code: '*{{1}}* este codul tău de verificare.',
    advice: ' Pentru siguranța ta, nu trimite nimănui acest cod.',
    expiry: 'Acest cod expiră în {{n}} minute.',
  },
};

/** authentication templates have no text of their own: the platform writes it, in the template's language */
export function presetTexts(template: TemplateDocument): { body: string; footer: string | undefined } {
  const texts = AUTHENTICATION_TEXTS[template.language.slice(0, 2)] ?? AUTHENTICATION_TEXTS['en']!;
  const body = template.components.find(component => component.type === 'BODY');
  const minutes = template.components.find(component => component.type === 'FOOTER')?.code_expiration_minutes;
  return {
    body: texts.code + (body?.add_security_recommendation ? texts.advice : ''),
    footer: minutes === undefined ? undefined : texts.expiry.replace('{{n}}', String(minutes)),
  };
}
