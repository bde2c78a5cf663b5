/** Templates to the platform's components and its answers to a standing. */
import type { SenderAccess, TemplateDraft, TemplateOutcome, TemplateStatus, Wire } from '#core/provider.ts';
import { call, readError, readJson } from './graph.ts';

// biome-ignore format: a table, grouped by meaning
const STATUSES: Record<string, TemplateStatus> = {
  APPROVED: 'approved', REINSTATED: 'approved', FLAGGED: 'approved', UNARCHIVED: 'approved',
  PENDING: 'pending', IN_APPEAL: 'pending',
  REJECTED: 'rejected', LIMIT_EXCEEDED: 'rejected',
  PAUSED: 'paused',
  DISABLED: 'disabled', ARCHIVED: 'disabled', DELETED: 'disabled', PENDING_DELETION: 'disabled', LOCKED: 'disabled',
};

export const toStatus = (event: string): TemplateStatus | undefined => STATUSES[event.toUpperCase()];

const VARIABLE = /\{\{?\s*([a-z][a-z0-9_]*)\s*\}?\}/g;
const named = (text: string): string => text.replace(VARIABLE, '{{$1}}');
const names = (text: string): string[] => [...new Set([...text.matchAll(VARIABLE)].map(match => match[1]!))];

export function toComponents({ header, body, footer, samples }: TemplateDraft): unknown[] {
  const examples = (text: string) =>
    names(text).map(name => ({ param_name: name, example: samples[name] ?? name.replaceAll('_', ' ') }));
  const component = (type: string, text: string, example: object) => ({
    type,
    ...(type === 'HEADER' ? { format: 'TEXT' } : {}),
    text: named(text),
    ...(names(text).length > 0 ? { example } : {}),
  });
  return [
    ...(header === null ? [] : [component('HEADER', header, { header_text_named_params: examples(header) })]),
    component('BODY', body, { body_text_named_params: examples(body) }),
    ...(footer === null ? [] : [{ type: 'FOOTER', text: footer }]),
  ];
}

const ALREADY_EXISTS = 2388024;

export async function submitTemplate(
  draft: TemplateDraft,
  known: string | null,
  sender: SenderAccess,
  wire: Wire,
): Promise<TemplateOutcome> {
  const components = toComponents(draft);
  const created = `${sender.account['business_account_id']}/message_templates`;
  const head = { name: draft.name, language: draft.language, parameter_format: 'NAMED' };
  const answer =
    known === null
      ? await call(wire, sender, created, { ...head, category: draft.category, components })
      : await call(wire, sender, known, { category: draft.category, components });
  if (answer.kind !== 'answer') return { kind: 'unavailable', detail: answer.detail };
  const body = readJson(answer.body);
  if (answer.status >= 200 && answer.status < 300 && body) {
    const id = known ?? (body['id'] === undefined ? '' : String(body['id']));
    if (id !== '') return submitted(id, body, draft);
  }
  const error = readError(answer.body);
  if (error?.subcode === ALREADY_EXISTS && known === null) return adopt(draft, sender, wire);
  if (!error || error.transient || answer.status >= 500) {
    // By its code: the words of an error may repeat the template, and this is logged.
    return { kind: 'unavailable', detail: `HTTP ${answer.status}${error ? `, code ${error.code}` : ''}` };
  }
  return { kind: 'refused', code: String(error.code), detail: error.details };
}

function submitted(id: string, body: Record<string, unknown>, draft: TemplateDraft): TemplateOutcome {
  const status = toStatus(String(body['status'] ?? 'PENDING')) ?? 'pending';
  return { kind: 'submitted', providerTemplateId: id, status, category: String(body['category'] ?? draft.category) };
}

/** It was made before, by hand or before our database was lost: its standing is taken over and its text is not touched. */
async function adopt(draft: TemplateDraft, sender: SenderAccess, wire: Wire): Promise<TemplateOutcome> {
  const query = new URLSearchParams({ name: draft.name, language: draft.language, fields: 'id,status,category' });
  const answer = await call(wire, sender, `${sender.account['business_account_id']}/message_templates?${query}`);
  if (answer.kind !== 'answer') return { kind: 'unavailable', detail: answer.detail };
  const list = readJson(answer.body)?.['data'];
  const found = Array.isArray(list) ? (list[0] as Record<string, unknown> | undefined) : undefined;
  if (found?.['id'] === undefined) return { kind: 'unavailable', detail: 'the template exists and could not be read' };
  return submitted(String(found['id']), found, draft);
}
