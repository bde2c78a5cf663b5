/** Templates as Twilio's content: made once, never changed, and approved for WhatsApp by a request of its own. */
import type {
  SenderAccess,
  TemplateDraft,
  TemplateOutcome,
  TemplateStanding,
  TemplateStatus,
  Wire,
} from '#core/provider.ts';
import { call, type Json, object, readError, readJson } from './api.ts';
import { nameOf, toContent } from './content.ts';
import { describe } from './errors.ts';

export const CONTENT_SID = /^HX[0-9a-fA-F]{32}$/;

/** Sent in lower case today, shown in upper case on some of the vendor's pages. What nobody knows still waits. */
const STATUSES: Readonly<Record<string, TemplateStatus>> = {
  unsubmitted: 'pending',
  received: 'pending',
  pending: 'pending',
  approved: 'approved',
  rejected: 'rejected',
  paused: 'paused',
  disabled: 'disabled',
};
export const toStatus = (status: unknown): TemplateStatus => STATUSES[String(status).toLowerCase()] ?? 'pending';

type Problem = Extract<TemplateOutcome, { kind: 'refused' | 'unavailable' }>;
type Answered = { kind: 'answer'; body: Json } | Problem;

/** `_known` is of no use: what was handed in can't be changed, so another text is other content. */
export async function submitTemplate(
  draft: TemplateDraft,
  _known: string | null,
  sender: SenderAccess,
  wire: Wire,
): Promise<TemplateOutcome> {
  const translated = toContent(draft);
  if (translated.kind === 'refused') return translated;
  const wanted = translated.content;
  const found = await find(wanted, sender, wire);
  if (found.kind !== 'answer') return found;
  // Made and handed in by a call whose answer was lost, or before our database was: its standing is taken over.
  const standing = approvalOf(found.body);
  if (standing !== 'unsubmitted') return submitted(String(found.body['sid']), standing, draft);
  const content = found.body['sid'] === undefined ? await ask(sender, wire, 'v1/Content', wanted) : found;
  if (content.kind !== 'answer') return content;
  const sid = String(content.body['sid']);
  if (!CONTENT_SID.test(sid)) return { kind: 'unavailable', detail: 'content without an id' };
  const path = `v1/Content/${sid}/ApprovalRequests/whatsapp`;
  const asked = await ask(sender, wire, path, { name: nameOf(wanted), category: draft.category });
  return asked.kind === 'answer' ? submitted(sid, asked.body['status'], draft) : asked;
}

const submitted = (sid: string, status: unknown, draft: TemplateDraft): TemplateOutcome => ({
  kind: 'submitted',
  providerTemplateId: sid,
  status: toStatus(status),
  category: draft.category,
});

/** The content of this very text, or nothing: an empty answer. */
async function find(wanted: Json, sender: SenderAccess, wire: Wire): Promise<Answered> {
  const name = nameOf(wanted);
  // The filter is a pattern, and a name of ours holds no character that means something in one.
  const query = new URLSearchParams({ ContentName: name, PageSize: '50' });
  const listed = await ask(sender, wire, `v2/ContentAndApprovals?${query}`);
  if (listed.kind !== 'answer') return listed;
  const contents = Array.isArray(listed.body['contents']) ? listed.body['contents'].map(object) : [];
  const body = contents.find(one => one?.['friendly_name'] === name && one['language'] === wanted['language']);
  return { kind: 'answer', body: body ?? {} };
}

function approvalOf(content: Json): string {
  const approval = object(content['approval_requests']);
  const status = approval?.['status'] ?? object(approval?.['whatsapp'])?.['status'];
  return typeof status === 'string' && status !== '' ? status.toLowerCase() : 'unsubmitted';
}

async function ask(sender: SenderAccess, wire: Wire, path: string, json?: unknown): Promise<Answered> {
  const url = `${sender.account['content_base_url']}/${path}`;
  const answer = await call(wire, sender, url, json === undefined ? undefined : { json });
  if (answer.kind !== 'answer') return { kind: 'unavailable', detail: answer.detail };
  const body = readJson(answer.body);
  if (answer.status >= 200 && answer.status < 300 && body) return { kind: 'answer', body };
  const error = readError(answer.body);
  // By its code: the words of an error may repeat the template, and this is logged.
  if (!error || answer.status >= 500 || answer.status === 429)
    return { kind: 'unavailable', detail: `HTTP ${answer.status}${error ? `, code ${error.code}` : ''}` };
  return { kind: 'refused', code: String(error.code), detail: describe(error.code, error.message) };
}

/** There is no webhook about approvals, so this is asked from time to time. */
export async function readTemplateStanding(
  providerTemplateId: string,
  sender: SenderAccess,
  wire: Wire,
): Promise<TemplateStanding> {
  if (!CONTENT_SID.test(providerTemplateId)) return { kind: 'unavailable', detail: 'it is another provider’s id' };
  const answer = await ask(sender, wire, `v1/Content/${providerTemplateId}/ApprovalRequests`);
  if (answer.kind === 'unavailable') return answer;
  if (answer.kind === 'refused') {
    const gone = answer.code === '20404';
    return gone
      ? { kind: 'known', status: 'disabled', reason: 'deleted at Twilio' }
      : { kind: 'unavailable', detail: `code ${answer.code}` };
  }
  const approval = object(answer.body['whatsapp']);
  const reason = approval?.['rejection_reason'];
  return {
    kind: 'known',
    status: toStatus(approval?.['status'] ?? 'unsubmitted'),
    reason: typeof reason === 'string' && reason !== '' ? reason.slice(0, 300) : null,
  };
}
