/** Review, pauses, quality and category: what Meta does to a template by itself, and what a control makes it do. */
import type { ControlOutcome, EmulatorAccount, EmulatorWorld, TemplateChange, Webhook } from '#core/emulation.ts';
import { accountSettings } from './number-settings.ts';
import {
  keyOf,
  type TemplateButton,
  type TemplateDocument,
  templateShelf,
  templatesOf,
  variablesIn,
} from './template-document.ts';
import {
  changeCategory,
  giveVerdict,
  nextStep,
  PACING,
  planSettling,
  reference,
  settleTemplate,
  templateWebhook,
} from './template-verdict.ts';

// biome-ignore format: a list
export const REVIEW_STATUSES = [
  'APPROVED', 'PENDING', 'REJECTED', 'PAUSED', 'DISABLED', 'IN_APPEAL', 'FLAGGED', 'REINSTATED', 'LOCKED', 'ARCHIVED', 'UNARCHIVED',
  'LIMIT_EXCEEDED', 'PENDING_DELETION', 'DELETED',
];
const REASONS = [
  'ABUSIVE_CONTENT',
  'INCORRECT_CATEGORY',
  'INVALID_FORMAT',
  'NONE',
  'PROMOTIONAL',
  'SCAM',
  'TAG_CONTENT_MISMATCH',
];
const QUALITIES = ['GREEN', 'YELLOW', 'RED', 'UNKNOWN'];
const CATEGORIES = ['MARKETING', 'UTILITY', 'AUTHENTICATION'];

/** by default a template is approved a moment after it was handed in */
export function planReview(world: EmulatorWorld, account: EmulatorAccount, template: TemplateDocument): void {
  const { review } = accountSettings(world, template.businessAccountId);
  if (review.mode === 'manual') return;
  world.later(review.delayMs ?? world.reviewDelayMs, () => {
    const current = templateShelf(world).get(keyOf(template));
    if (current?.id !== template.id || current.status !== 'PENDING') return;
    // Edited meanwhile: the review of that text has been planned for itself.
    if (JSON.stringify(current.components) !== JSON.stringify(template.components)) return;
    const { reason, why } = review.mode === 'reject' ? { reason: 'INVALID_FORMAT' } : judge(world, account, current);
    world.sendWebhook(giveVerdict(world, account, current, reason ? 'REJECTED' : 'APPROVED', reason, why));
  });
}

const CODES =
  /\b(verification|security|authentication|log-?in|sign-?in|one[- ]time|otp)[ -](code|password|passcode|pin)\b|\bcod(ul)?( t[aă]u)? (de )?(verificare|autentificare|securitate)\b/i;

type Verdict = { reason?: string; why?: { reason: string; recommendation: string } };

/** what a reviewer sees at once: a code for logging in is no order and no offer, and nothing is needed twice */
function judge(world: EmulatorWorld, account: EmulatorAccount, template: TemplateDocument): Verdict {
  if (template.category === 'AUTHENTICATION') return {};
  const text = template.components.map(component => component.text ?? '').join('\n');
  if (CODES.test(text) && variablesIn(text).length > 0) return { reason: 'INCORRECT_CATEGORY' };
  const twin = templatesOf(world, account).find(other => isTwin(template, other));
  if (!twin) return {};
  const recommendation = 'Use the template that is there, or change the text';
  return {
    reason: 'INVALID_FORMAT',
    why: { reason: `Its body and footer are those of ${twin.name}, which is there already`, recommendation },
  };
}

/** Another name with the same words. Other languages of the same template may well say the same. */
function isTwin(template: TemplateDocument, other: TemplateDocument): boolean {
  if (other.name === template.name || other.createdAt > template.createdAt) return false;
  return ['APPROVED', 'PAUSED'].includes(other.status) && wordsOf(other) === wordsOf(template);
}

const wordsOf = ({ components }: TemplateDocument): string =>
  ['BODY', 'FOOTER'].map(type => components.find(component => component.type === type)?.text ?? '').join('\n');

/** after a restart: whoever was waiting for a verdict still gets one */
export function resumeReviews(world: EmulatorWorld, accountOf: (id: string) => EmulatorAccount | undefined): void {
  for (const template of templateShelf(world).values()) {
    const account = accountOf(template.businessAccountId);
    if (!account) continue;
    if (template.status === 'PENDING') planReview(world, account, template);
    planSettling(world, account, template);
  }
}

/** the clock was turned: what fell due meanwhile happens now */
export function settleTemplates(world: EmulatorWorld, accounts: readonly EmulatorAccount[]): void {
  for (const template of [...templateShelf(world).values()]) {
    const account = accounts.find(one => one.businessAccountId === template.businessAccountId);
    if (account) settleTemplate(world, account, template);
  }
}

export function changeTemplates(
  world: EmulatorWorld,
  account: EmulatorAccount,
  templates: TemplateDocument[],
  change: TemplateChange,
): ControlOutcome {
  const problem = checkChange(change);
  if (problem) return problem;
  const webhooks = templates.flatMap(template => applyChange(world, account, template, change));
  const changed = templates.map(template => templateShelf(world).get(keyOf(template)) ?? template);
  return { webhooks, answer: { data: changed.map(summary) } };
}

export function summary(template: TemplateDocument): Record<string, unknown> {
  const { id, name, language, category, status, quality, rejectedReason } = template;
  return { id, name, language, category, status, quality, reason: rejectedReason };
}

/** controls are typed by people: a word that Meta does not know is answered with those that it does */
function checkChange(change: TemplateChange): ControlOutcome | undefined {
  if (change.kind === 'components') {
    return change.body === undefined && change.header === undefined && change.footer === undefined
      ? invalid('body', 'another text, or header, or footer')
      : undefined;
  }
  const [path, value, allowed] =
    change.kind === 'review'
      ? (['status', change.status, REVIEW_STATUSES] as const)
      : change.kind === 'quality'
        ? (['quality', change.quality, QUALITIES] as const)
        : (['category', change.category, CATEGORIES] as const);
  if (!allowed.includes(value)) return invalid(path, `one of ${allowed.join(', ')}`);
  if (change.kind === 'review' && change.reason !== undefined) {
    const reasons = change.status === 'PAUSED' ? [PACING] : REASONS;
    if (!reasons.includes(change.reason)) return invalid('reason', `one of ${reasons.join(', ')}`);
  }
  return undefined;
}

function invalid(path: string, message: string): ControlOutcome {
  return { refused: 'invalid', message: `The ${path} of a template is ${message}.`, fields: [{ path, message }] };
}

function applyChange(
  world: EmulatorWorld,
  account: EmulatorAccount,
  template: TemplateDocument,
  change: TemplateChange,
): Webhook[] {
  if (change.kind === 'components') return [changeText(world, account, template, change)];
  if (change.kind === 'review') return [giveVerdict(world, account, template, change.status, change.reason)];
  if (change.kind === 'quality') return changeQuality(world, account, template, change.quality);
  return [changeCategory(world, account, template, change.category, change.impending ?? false)];
}

/** a rating is told by itself; red sets the ladder of pauses going */
function changeQuality(
  world: EmulatorWorld,
  account: EmulatorAccount,
  template: TemplateDocument,
  quality: string,
): Webhook[] {
  const changed = { ...template, quality };
  templateShelf(world).put(keyOf(template), changed);
  const value = { previous_quality_score: template.quality, new_quality_score: quality, ...reference(template) };
  const told = templateWebhook(world, account, 'message_template_quality_update', template, value);
  if (quality !== 'RED' || template.status !== 'APPROVED') return [told];
  // the ladder: red pauses, a third time disables
  return [told, giveVerdict(world, account, changed, nextStep(template))];
}

/** now and then Meta mends a text, or a colleague edits it in the Manager: we are told what it says now */
function changeText(
  world: EmulatorWorld,
  account: EmulatorAccount,
  template: TemplateDocument,
  change: Extract<TemplateChange, { kind: 'components' }>,
): Webhook {
  const texts: Record<string, string | undefined> = { HEADER: change.header, BODY: change.body, FOOTER: change.footer };
  const components = template.components.map(component => {
    const text = texts[component.type];
    return text === undefined || component.text === undefined ? component : { ...component, text };
  });
  templateShelf(world).put(keyOf(template), { ...template, components });
  const textOf = (type: string) => components.find(component => component.type === type)?.text;
  const buttons = components.find(component => component.type === 'BUTTONS')?.buttons ?? [];
  const value = {
    ...reference(template),
    message_template_element: textOf('BODY') ?? '',
    ...(textOf('HEADER') === undefined ? {} : { message_template_title: textOf('HEADER') }),
    ...(textOf('FOOTER') === undefined ? {} : { message_template_footer: textOf('FOOTER') }),
    ...(buttons.length === 0 ? {} : { message_template_buttons: buttons.map(describeButton) }),
  };
  return templateWebhook(world, account, 'message_template_components_update', template, value);
}

/** the names of this one field's buttons, each with its prefix */
function describeButton({ type, text, url, phone_number }: TemplateButton): Record<string, unknown> {
  return {
    message_template_button_type: type,
    message_template_button_text: text,
    ...(url === undefined ? {} : { message_template_button_url: url }),
    ...(phone_number === undefined ? {} : { message_template_button_phone_number: phone_number }),
  };
}
