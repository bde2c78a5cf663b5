/**
 * A content and its variables to what the person sees, or the code of what is wrong with them. Milder than the platform: the
 * characters inside variables are not looked at (it refuses line breaks and runs of spaces).
 */
import type { EmulatedPhone, EmulatorAccount, EmulatorWorld, MessageContent } from '#core/emulation.ts';
import { failureOf } from './answers.ts';
import { type ContentDocument, contentOf } from './content.ts';
import { showCode, showShape } from './shown.ts';

const WINDOW_MS = 24 * 3_600_000;
const VARIABLE = /\{\{\s*([A-Za-z0-9_]+)\s*\}\}/g;

/** Refused at once, by its code; what WhatsApp itself finds wrong comes later, as a failure of the message. */
export type Filled = MessageContent | { refused: number };

export function readContent(
  world: EmulatorWorld,
  account: EmulatorAccount,
  phone: EmulatedPhone,
  form: URLSearchParams,
): Filled {
  const open = windowIsOpen(world, account, phone);
  const sid = form.get('ContentSid');
  if (sid !== null) {
    const content = contentOf(world, account, sid);
    if (!content) return { refused: 21655 };
    const filled = fillContent(content, form.get('ContentVariables'));
    return 'refused' in filled ? filled : judged(world, filled, troubleOf(content, phone, open));
  }
  const text = form.get('Body') ?? '';
  const media = form.getAll('MediaUrl');
  if (/^[\s\p{Default_Ignorable_Code_Point}]*$/u.test(text) && media.length === 0) return { refused: 21602 };
  if (text.length > 1_600) return { refused: 21617 };
  // One picture on the phone, however many were sent: nobody looks at more here.
  const [link] = media;
  const message: MessageContent =
    link === undefined ? { type: 'text', text } : { type: 'image', text, document: { kind: 'image', link } };
  return judged(world, message, open ? undefined : 63016);
}

const judged = (world: EmulatorWorld, message: MessageContent, trouble: number | undefined): MessageContent =>
  trouble === undefined || !world.rules ? message : { ...message, failure: failureOf(trouble) };

function windowIsOpen(world: EmulatorWorld, account: EmulatorAccount, phone: EmulatedPhone): boolean {
  const lastMs = phone.lastInboundAt.get(account.phoneNumberId);
  return lastMs !== undefined && world.now() - lastMs < WINDOW_MS;
}

const STANDING: Record<string, number> = { rejected: 63040, paused: 63041, disabled: 63042 };

function troubleOf({ approval }: ContentDocument, phone: EmulatedPhone, open: boolean): number | undefined {
  // inside the window content needs nobody's approval
  if (approval?.status !== 'approved') return open ? undefined : (STANDING[approval?.status ?? ''] ?? 63016);
  return approval.category === 'MARKETING' && phone.marketingStopped ? 63014 : undefined;
}

const LONGEST_BODY = 1_024;
const LONGEST_CODE = 15;

/** what is left out is filled with its sample, in silence; what the content does not know is a mistake */
function fillContent(content: ContentDocument, variables: string | null): Filled {
  const given = variables === null ? {} : readVariables(variables);
  if (!given) return { refused: 21656 };
  const [type, shape] = Object.entries(content.types)[0]!;
  const codes = type === 'whatsapp/authentication';
  const known = codes ? { 1: '', ...content.variables } : content.variables;
  // The trap of this platform: a variable that was forgotten reaches the person as somebody else's name.
  const values: Record<string, string> = { ...known, ...given };
  const fill = (text: unknown) => String(text).replace(VARIABLE, (whole, name: string) => values[name] ?? whole);
  const shown = codes ? showCode(shape, content.language, values['1']!) : showShape(shape, fill);
  const message: MessageContent = { type: 'template', language: content.language, ...shown };
  message.template = content.approval?.name ?? content.friendlyName;
  message.memo = { content_sid: content.sid, content_type: type };
  // Not seen by Twilio, which only looks for JSON, but by WhatsApp.
  const failure = failureIn(
    message,
    Object.keys(given).some(name => !(name in known)),
    codes ? values['1']! : undefined,
  );
  return failure === undefined ? message : { ...message, failure: failureOf(failure) };
}

/** which codes these come under is not documented: what the platform does not take, and what breaks its rules */
function failureIn({ text }: MessageContent, unknown: boolean, code: string | undefined): number | undefined {
  if (unknown) return 63028;
  if (text.length > LONGEST_BODY) return 63005;
  return code !== undefined && (code === '' || code.length > LONGEST_CODE) ? 63013 : undefined;
}

function readVariables(text: string): Record<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const good =
      typeof value === 'object' && value !== null && Object.values(value).every(one => typeof one === 'string');
    return good && !Array.isArray(value) ? (value as Record<string, string>) : undefined;
  } catch {
    return undefined;
  }
}
