/** WhatsApp's approval of a content: asked for once, given or refused after a while, and told to nobody who does not ask. */
import type { ControlOutcome, EmulatorAnswer, EmulatorWorld, TemplateChange } from '#core/emulation.ts';
import { accountSettings } from './accounts.ts';
import { json, refusal } from './answers.ts';
import { type Approval, type ContentDocument, contentShelf, showApproval } from './content.ts';
import type { Fields } from './fields.ts';
import { wrongForWhatsApp } from './shapes.ts';

const CATEGORIES = ['UTILITY', 'MARKETING', 'AUTHENTICATION'];
const STATUSES = ['APPROVED', 'PENDING', 'REJECTED', 'PAUSED', 'DISABLED'];
const WAITING = ['received', 'pending'];

export function requestApproval(world: EmulatorWorld, content: ContentDocument, body: Fields): EmulatorAnswer {
  const { name, category } = body;
  if (typeof name !== 'string' || !/^[a-z0-9_]{1,512}$/.test(name))
    return refusal(20001, 'name has lower-case letters, digits and underscores only');
  if (!CATEGORIES.includes(String(category))) return refusal(20001, `category is one of ${CATEGORIES.join(', ')}`);
  // The codes of these refusals are not documented; that they are refusals is.
  if (content.approval) return refusal(20001, 'this content was submitted already');
  const wrong = wrongForWhatsApp(content.types, String(category));
  if (wrong) return refusal(20001, wrong);
  if (Object.keys(content.variables).some((key, index) => key !== String(index + 1)))
    return refusal(20001, 'variables are numbered from 1 on, without a gap');
  // Also after a rejection: WhatsApp never takes a name and language a second time.
  const taken = [...contentShelf(world).values()].some(
    other =>
      other.accountSid === content.accountSid && other.approval?.name === name && other.language === content.language,
  );
  if (taken) return refusal(20001, 'a template of this name and language was submitted before');
  const asked = change(world, content, { name, category: String(category), status: 'received', reason: '' });
  planReview(world, asked);
  const { type: _channel, ...shown } = showApproval(asked);
  return json(shown, 201);
}

function change(world: EmulatorWorld, content: ContentDocument, approval: Approval): ContentDocument {
  const changed = { ...content, approval };
  contentShelf(world).put(content.sid, changed);
  return changed;
}

/** received, half of the time later pending, then the verdict */
function planReview(world: EmulatorWorld, content: ContentDocument): void {
  const { review } = accountSettings(world, content.accountSid);
  if (review.mode === 'manual') return;
  const delayMs = review.delayMs ?? world.reviewDelayMs;
  // Whatever a control did meanwhile counts: only what still waits moves on.
  const move = (from: readonly string[], to: string, reason: string) => {
    const current = contentShelf(world).get(content.sid);
    if (!current?.approval || !from.includes(current.approval.status)) return;
    change(world, current, { ...current.approval, status: to, reason });
  };
  world.later(delayMs / 2, () => move(['received'], 'pending', ''));
  const approved = review.mode === 'automatic';
  world.later(delayMs, () => move(WAITING, approved ? 'approved' : 'rejected', approved ? '' : 'INVALID_FORMAT'));
}

/** after a restart: whoever was waiting for a verdict still gets one */
export function resumeReviews(world: EmulatorWorld): void {
  for (const content of contentShelf(world).values())
    if (content.approval && WAITING.includes(content.approval.status)) planReview(world, content);
}

/** its owner may have put a mark of the text behind the name */
const called = (approval: Approval, name: string): boolean =>
  approval.name === name ||
  (approval.name.startsWith(`${name}_`) && /^[0-9a-f]{8}$/.test(approval.name.slice(name.length + 1)));

export function changeApprovals(
  world: EmulatorWorld,
  name: string,
  language: string | undefined,
  wanted: TemplateChange,
): ControlOutcome {
  const found = [...contentShelf(world).values()].filter(
    content =>
      content.approval && called(content.approval, name) && (language === undefined || content.language === language),
  );
  if (found.length === 0)
    return { refused: 'not_found', message: `No content was submitted under the name ${name} on this platform.` };
  if (wanted.kind === 'quality' || wanted.kind === 'components')
    return invalid(wanted.kind, 'not told by this platform');
  if (wanted.kind === 'review' && !STATUSES.includes(wanted.status))
    return invalid('status', `one of ${STATUSES.join(', ')}`);
  if (wanted.kind === 'category' && !CATEGORIES.includes(wanted.category))
    return invalid('category', `one of ${CATEGORIES.join(', ')}`);
  const changed = found.map(content => {
    const approval = content.approval!;
    if (wanted.kind === 'category') return change(world, content, { ...approval, category: wanted.category });
    const status = wanted.status.toLowerCase();
    return change(world, content, { ...approval, status, reason: wanted.reason ?? '' });
  });
  // No webhook: the platform has none for this.
  return { webhooks: [], answer: { data: changed.map(summary) } };
}

const invalid = (path: string, message: string): ControlOutcome => ({
  refused: 'invalid',
  message: `The ${path} of a template is ${message}.`,
  fields: [{ path, message }],
});

export function summary({ sid, language, approval, friendlyName }: ContentDocument): Record<string, unknown> {
  const { name = friendlyName, category = '', status = 'unsubmitted', reason = '' } = approval ?? {};
  return { id: sid, name, language, category, status: status.toUpperCase(), quality: 'UNKNOWN', reason };
}
