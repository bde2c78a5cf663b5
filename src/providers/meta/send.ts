/** A message to `POST /{phone-number-id}/messages` and its answer to an outcome. */
import type {
  ButtonValue,
  MessageMedia,
  SenderAccess,
  SendOutcome,
  SendRequest,
  TemplateContent,
  Wire,
} from '#core/provider.ts';
import { judge } from './errors.ts';
import { call, readError, readJson } from './graph.ts';
import { readPerson } from './person.ts';

export async function send(request: SendRequest, sender: SenderAccess, wire: Wire): Promise<SendOutcome> {
  const answer = await call(wire, sender, `${sender.account['phone_number_id']}/messages`, toBody(request));
  if (answer.kind !== 'answer') return answer;
  return readOutcome(answer.status, answer.body);
}

/**
 * `to` keeps its plus: without it the platform prepends the business's own country code. A scoped id stands in
 * `recipient`: in `to` it is dropped in silence.
 */
export function toBody({ to, correlation, content }: SendRequest): unknown {
  const head = {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    ...(to.startsWith('+') ? { to } : { recipient: to }),
    biz_opaque_callback_data: correlation,
  };
  if (content.kind === 'text') return { ...head, type: 'text', text: { body: content.text, preview_url: false } };
  return { ...head, type: 'template', template: toTemplate(content, correlation) };
}

/** Header first, then the text, then the buttons by their place; what a template does not ask for must not be there. */
function toTemplate(content: TemplateContent, correlation: string): unknown {
  const { name, language, header, body, media, buttons = [], positional } = content;
  const parameters = (values: TemplateContent['body']) =>
    values.map(({ name, value }) => ({ type: 'text', ...(positional ? {} : { parameter_name: name }), text: value }));
  const components = [
    ...(media ? [{ type: 'header', parameters: [toMedia(media)] }] : []),
    ...(header.length > 0 ? [{ type: 'header', parameters: parameters(header) }] : []),
    ...(body.length > 0 ? [{ type: 'body', parameters: parameters(body) }] : []),
    ...buttons.flatMap(button => toButton(button, correlation)),
  ];
  return { name, language: { code: language }, ...(components.length > 0 ? { components } : {}) };
}

/** By its address: what was uploaded for the reviewers can't be sent. */
function toMedia(media: MessageMedia): unknown {
  const { format, ...rest } = media;
  return { type: format, [format]: rest };
}

/** The index as text: it is a number on some of the platform's pages and refused as one by older versions. */
function toButton({ index, type, value = '' }: ButtonValue, correlation: string): unknown[] {
  const button = (sub_type: string, parameter: object) => [
    { type: 'button', sub_type, index: String(index), parameters: [parameter] },
  ];
  switch (type) {
    case 'quick_reply':
      return button(type, { type: 'payload', payload: value });
    case 'url':
      return button(type, { type: 'text', text: value });
    // A code goes twice, in the text and as the end of an address that only WhatsApp knows.
    case 'otp':
      return button('url', { type: 'text', text: value });
    case 'copy_code':
      return button(type, { type: 'coupon_code', coupon_code: value });
    case 'flow':
      return button(type, { type: 'action', action: { flow_token: correlation } });
    default:
      return [];
  }
}

/** Yes needs an id; no needs a readable error with a code. Everything in between is uncertain, and said so. */
export function readOutcome(status: number, body: string): SendOutcome {
  if (status >= 200 && status < 300) {
    const answer = readJson(body);
    const messages = answer?.['messages'];
    const id = Array.isArray(messages) ? (messages[0] as { id?: unknown } | undefined)?.id : undefined;
    if (typeof id === 'string' && /^[\x21-\x7e]{1,512}$/.test(id)) {
      const contacts = answer?.['contacts'];
      return {
        kind: 'accepted',
        providerId: id,
        person: Array.isArray(contacts) ? readPerson((contacts[0] ?? {}) as Record<string, unknown>) : {},
      };
    }
    return { kind: 'uncertain', code: String(status), detail: 'accepted without a message id' };
  }
  const error = readError(body);
  if (!error) return { kind: 'uncertain', code: String(status), detail: `HTTP ${status} without a readable error` };
  const judged = judge(error.code, status, error.transient);
  const code = String(error.code);
  if (judged.class === 'unclear') return { kind: 'uncertain', code, detail: error.details };
  return {
    kind: 'rejected',
    class: judged.class,
    code,
    detail: error.details,
    ...(judged.retryAfterMs ? { retryAfterMs: judged.retryAfterMs } : {}),
  };
}
