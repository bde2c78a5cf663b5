/** What the provider tells of a template, by webhook or when it is asked: applied in any order, any number of times. */
import type { Tx } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import type { TemplateChange } from '../provider.ts';
import { followParts } from './follow.ts';
import { formOf } from './form.ts';
import {
  templateApplyCategory,
  templateApplyChange,
  templateFollow,
  templateFollowing,
} from './standing-statements.ts';

/** Answers whether anything of ours is another than before. */
export async function applyTemplateChange(tx: Tx, change: TemplateChange, now: Instant): Promise<boolean> {
  const { providerTemplateId: provider_template_id, name, language, category, parts } = change;
  const at = change.at ?? null;
  let changed = false;
  if (change.status !== undefined || change.quality !== undefined) {
    const said = { status: change.status ?? null, quality: change.quality ?? null, reason: change.reason ?? null };
    const key = { provider_template_id, name, language, adopts: parts !== undefined };
    changed = (await tx.run(templateApplyChange, { ...key, ...said, at, now })).length > 0;
  }
  if (category) {
    const done = category.kind === 'done';
    const rows = await tx.run(templateApplyCategory, {
      provider_template_id,
      to: category.to,
      announced_for: category.announcedFor ?? null,
      done,
      // Of two words of one second the finished change is the greater one.
      word: `${done ? 'done' : 'announced'} ${category.to}`,
      at,
      now,
    });
    changed ||= rows.length > 0;
  }
  return (parts && (await follow(tx, change, parts, now))) || changed;
}

/** What goes out is what the provider shows, so a text of ours that says something else would only mislead. */
async function follow(
  tx: Tx,
  change: TemplateChange,
  parts: NonNullable<TemplateChange['parts']>,
  now: Instant,
): Promise<boolean> {
  const at = change.at ?? null;
  const [ours] = await tx.run(templateFollowing, { provider_template_id: change.providerTemplateId, at });
  if (!ours) return false;
  const { header, media = null, body, footer, buttons, authentication } = followParts(ours, parts);
  const form = formOf({ header, media, body, footer, buttons, authentication });
  // Our own edit comes back like this: it is no news.
  if (form.equals(formOf(ours))) return false;
  await tx.run(templateFollow, { id: ours.id, header, media, body, footer, buttons, form, at: at ?? now, now });
  return true;
}
