/** Templates handed in, and the platform's answers to a standing. */
import type { SenderAccess, TemplateDraft, TemplateOutcome, TemplateStatus, Wire } from '#core/provider.ts';
import { formatOf, fromComponents, toComponents } from './components.ts';
import { call, readError, readJson } from './graph.ts';
import { refusalOf } from './refusals.ts';
import { uploadSample } from './samples.ts';

// biome-ignore format: a table, grouped by meaning
const STATUSES: Record<string, TemplateStatus> = {
  APPROVED: 'approved', REINSTATED: 'approved', FLAGGED: 'approved', UNARCHIVED: 'approved',
  PENDING: 'pending', IN_APPEAL: 'pending',
  REJECTED: 'rejected', LIMIT_EXCEEDED: 'rejected',
  PAUSED: 'paused',
  DISABLED: 'disabled', ARCHIVED: 'disabled', DELETED: 'disabled', PENDING_DELETION: 'disabled', LOCKED: 'disabled',
};

export const toStatus = (event: string): TemplateStatus | undefined => STATUSES[event.toUpperCase()];

const ALREADY_EXISTS = 2388024;

/** `known`: it is there already and is edited; all of its components are then replaced. */
export async function submitTemplate(
  draft: TemplateDraft,
  known: string | null,
  sender: SenderAccess,
  wire: Wire,
): Promise<TemplateOutcome> {
  const sample = draft.mediaSample ? await uploadSample(draft.mediaSample, sender, wire) : undefined;
  if (sample && sample.kind !== 'uploaded') return sample;
  const components = toComponents(draft, sample?.handle);
  const created = `${sender.account['business_account_id']}/message_templates`;
  const head = { name: draft.name, language: draft.language, parameter_format: formatOf(draft) };
  const answer =
    known === null
      ? await call(wire, sender, created, { ...head, category: draft.category, components })
      : await call(wire, sender, known, { category: draft.category, components });
  if (answer.kind !== 'answer') return { kind: 'unavailable', detail: answer.detail };
  const body = readJson(answer.body);
  if (answer.status >= 200 && answer.status < 300 && body) {
    const id = known ?? (body['id'] === undefined ? '' : String(body['id']));
    if (id !== '') return submitted(id, body);
  }
  const error = readError(answer.body);
  if (error?.subcode === ALREADY_EXISTS && known === null) return adopt(draft, sender, wire);
  return refusalOf(error, answer.status);
}

/** An edit answers neither standing nor category: it is under review again, and files where it did. */
function submitted(id: string, { status, category }: Record<string, unknown>): TemplateOutcome {
  const standing = toStatus(String(status ?? 'PENDING')) ?? 'pending';
  const filed = category === undefined ? null : String(category);
  return { kind: 'submitted', providerTemplateId: id, status: standing, category: filed };
}

/** It was made before, by hand or before our database was lost: its standing is taken over, and its text told. */
async function adopt(draft: TemplateDraft, sender: SenderAccess, wire: Wire): Promise<TemplateOutcome> {
  const fields = 'id,name,language,status,category,components,parameter_format';
  const query = new URLSearchParams({ name: draft.name, language: draft.language, fields });
  const answer = await call(wire, sender, `${sender.account['business_account_id']}/message_templates?${query}`);
  if (answer.kind !== 'answer') return { kind: 'unavailable', detail: answer.detail };
  const list = readJson(answer.body)?.['data'];
  const found = (Array.isArray(list) ? (list as Record<string, unknown>[]) : []).find(
    // The platform's filter finds by the beginning of a name.
    each => each['name'] === draft.name && each['language'] === draft.language,
  );
  if (found?.['id'] === undefined) return { kind: 'unavailable', detail: 'the template exists and could not be read' };
  const outcome = submitted(String(found['id']), found);
  const { parts, unknown } = fromComponents(found['components'], false, draft.category);
  return outcome.kind === 'submitted' && unknown.length === 0 ? { ...outcome, parts } : outcome;
}
