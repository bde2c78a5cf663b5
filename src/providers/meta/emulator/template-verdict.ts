/** The platform's word about one template: kept on the shelf, told by its webhook, and taken back when its time has come. */
import type { EmulatorAccount, EmulatorWorld, Webhook } from '#core/emulation.ts';
import { DAY_MS, HOUR_MS } from '#lib/clock.ts';
import { keyOf, type TemplateDocument, templateShelf } from './template-document.ts';
import { fieldWebhook } from './webhooks.ts';

/** words of webhooks for which a template has another standing of its own */
const STANDING: Record<string, string> = { FLAGGED: 'APPROVED', REINSTATED: 'APPROVED', UNARCHIVED: 'APPROVED' };
/** The ladder: how long the first and the second pause last. There is no third, it is disabled. */
const PAUSES = [
  { title: 'FIRST_PAUSE', hours: 3 },
  { title: 'SECOND_PAUSE', hours: 6 },
] as const;
/** By pacing and not by quality: it stands on no ladder, and ends only when somebody unpauses the template. */
export const PACING = 'RATE_LIMITING_PAUSE';

export const nextStep = (template: TemplateDocument): 'PAUSED' | 'DISABLED' =>
  template.pauses < PAUSES.length ? 'PAUSED' : 'DISABLED';

/** what the review says, kept and told; the reason stands where Meta puts it for that event */
export function giveVerdict(
  world: EmulatorWorld,
  account: EmulatorAccount,
  template: TemplateDocument,
  status: string,
  reason?: string,
  why?: { reason: string; recommendation: string },
): Webhook {
  const { pausedUntil: _until, ...before } = template;
  const rejectedReason = status === 'REJECTED' ? (reason ?? 'INVALID_FORMAT') : 'NONE';
  const changed: TemplateDocument = { ...before, status: STANDING[status] ?? status, rejectedReason };
  const value: Record<string, unknown> = { event: status, ...reference(template) };
  value['message_template_category'] = template.category;
  // Meta's own example of a pause has no reason at all
  if (status === 'PAUSED') value['other_info'] = pause(world, changed, reason === PACING);
  else value['reason'] = reason ?? (status === 'REJECTED' ? rejectedReason : 'NONE');
  if (status === 'APPROVED' && template.status === 'PAUSED') {
    value['other_info'] = { title: 'UNPAUSE', description: 'The template can be sent again' };
  }
  if (why) value['rejection_info'] = why;
  if (status === 'DISABLED') {
    value['disable_info'] = { disable_date: Math.floor(world.now() / 1_000) };
    value['other_info'] = { title: 'DISABLED', description: 'The template was paused too often, or broke the policy' };
  }
  templateShelf(world).put(keyOf(template), changed);
  planSettling(world, account, changed);
  return templateWebhook(world, account, 'message_template_status_update', template, value);
}

/** one step further on the ladder */
function pause(world: EmulatorWorld, template: TemplateDocument, byPacing: boolean): Record<string, string> {
  if (byPacing) return { title: PACING, description: 'Paused by pacing: it has to be unpaused' };
  const step = PAUSES[Math.min(template.pauses, PAUSES.length - 1)]!;
  template.pauses += 1;
  template.pausedUntil = world.now() + step.hours * HOUR_MS;
  return { title: step.title, description: `Paused for ${step.hours} hours because of its quality` };
}

/** announced a day ahead, or done at once */
export function changeCategory(
  world: EmulatorWorld,
  account: EmulatorAccount,
  template: TemplateDocument,
  category: string,
  impending: boolean,
): Webhook {
  if (impending) {
    const changed = { ...template, correctCategory: category, categoryAt: world.now() + DAY_MS };
    templateShelf(world).put(keyOf(template), changed);
    planSettling(world, account, changed);
    const update = { correct_category: category, category_update_timestamp: Math.floor(changed.categoryAt / 1_000) };
    // trap: in the notice `new_category` is the category the template still has
    const value = { ...reference(template), new_category: template.category, ...update };
    return templateWebhook(world, account, 'template_category_update', template, value);
  }
  const { correctCategory: _settled, categoryAt: _at, ...rest } = template;
  templateShelf(world).put(keyOf(template), { ...rest, category, previousCategory: template.category });
  const value = { ...reference(template), previous_category: template.category, new_category: category };
  return templateWebhook(world, account, 'template_category_update', template, value);
}

/**
 * What its time has brought: the end of a pause, the category that was announced. Asked wherever a template is looked at,
 * since the platform's clock may be turned and no timer follows it.
 */
export function settleTemplate(
  world: EmulatorWorld,
  account: EmulatorAccount,
  template: TemplateDocument,
): TemplateDocument {
  const nowMs = world.now();
  const current = () => templateShelf(world).get(keyOf(template)) ?? template;
  if (template.status === 'PAUSED' && (template.pausedUntil ?? Number.POSITIVE_INFINITY) <= nowMs) {
    world.sendWebhook(giveVerdict(world, account, template, 'APPROVED'));
  }
  const { correctCategory, categoryAt = Number.POSITIVE_INFINITY } = current();
  if (correctCategory !== undefined && categoryAt <= nowMs) {
    world.sendWebhook(changeCategory(world, account, current(), correctCategory, false));
  }
  return current();
}

/** by real time, for whoever does not turn the clock; a restart plans it anew */
export function planSettling(world: EmulatorWorld, account: EmulatorAccount, template: TemplateDocument): void {
  for (const at of [template.pausedUntil, template.categoryAt]) {
    if (at === undefined) continue;
    world.later(Math.max(0, at - world.now()), () => {
      const current = templateShelf(world).get(keyOf(template));
      if (current?.id === template.id) settleTemplate(world, account, current);
    });
  }
}

export function reference(template: TemplateDocument): Record<string, unknown> {
  return {
    message_template_id: template.id,
    message_template_name: template.name,
    message_template_language: template.language,
  };
}

/** trap kept: the id is a JSON number here, and larger than a double can hold */
export function templateWebhook(
  world: EmulatorWorld,
  account: EmulatorAccount,
  field: string,
  template: TemplateDocument,
  value: Record<string, unknown>,
): Webhook {
  const webhook = fieldWebhook(account, field, value, world.now());
  const quoted = `"message_template_id":"${template.id}"`;
  return { ...webhook, body: webhook.body.replace(quoted, `"message_template_id":${template.id}`) };
}
