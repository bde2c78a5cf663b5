/** How many templates an account may have, make in an hour, and change. By the platform's clock. */
import type { EmulatorAccount, EmulatorAnswer, EmulatorWorld } from '#core/emulation.ts';
import { DAY_MS, HOUR_MS } from '#lib/clock.ts';
import { graphError, templateError } from './graph-answers.ts';
import { type TemplateDocument, templatesOf } from './template-document.ts';

/** Of a verified business with an approved name, which every account is here; of others it is 250. */
const MOST_TEMPLATES = 6_000;
const CREATIONS_PER_HOUR = 100;
/** Meta's own page of November 2025. Others report a hundred an hour since: who lives with these lives with those. */
const EDITS_PER_DAY = 1;
const EDITS_PER_MONTH = 10;
const MONTH_MS = 30 * DAY_MS;

const shelf = (world: EmulatorWorld) => world.shelf<number[]>('meta_template_created');

export function creationRefusal(world: EmulatorWorld, account: EmulatorAccount): EmulatorAnswer | undefined {
  const lately = creationsLately(world, account);
  if (lately.length >= CREATIONS_PER_HOUR) {
    return graphError(80007, `An account makes ${CREATIONS_PER_HOUR} templates in an hour at most`);
  }
  if (templatesOf(world, account).length < MOST_TEMPLATES) return undefined;
  // The sentence names the other limit, whoever reads it.
  return templateError(2388019, 'Template limit exceeded', 'Message templates can only have 250 active templates.');
}

/** Also of templates that are deleted again. */
export function markCreation(world: EmulatorWorld, account: EmulatorAccount): void {
  shelf(world).put(account.businessAccountId, [...creationsLately(world, account), world.now()]);
}

const creationsLately = (world: EmulatorWorld, account: EmulatorAccount): number[] =>
  (shelf(world).get(account.businessAccountId) ?? []).filter(at => world.now() - at < HOUR_MS);

/** Only what is approved has a quota: what was rejected or paused can be mended as often as it takes. */
export function editRefusal(world: EmulatorWorld, template: TemplateDocument): EmulatorAnswer | undefined {
  if (template.status !== 'APPROVED') return undefined;
  const within = (ms: number) => (template.edits ?? []).filter(at => world.now() - at < ms).length;
  if (within(DAY_MS) < EDITS_PER_DAY && within(MONTH_MS) < EDITS_PER_MONTH) return undefined;
  return templateError(
    2388039,
    'Template cannot be edited',
    `An approved template can be edited ${EDITS_PER_DAY} time in 24 hours and ${EDITS_PER_MONTH} times in 30 days.`,
  );
}

/** the edits that still count, with this one */
export function editsWith(world: EmulatorWorld, template: TemplateDocument): number[] {
  const known = (template.edits ?? []).filter(at => world.now() - at < MONTH_MS);
  return template.status === 'APPROVED' ? [...known, world.now()] : known;
}
