/** Saving and submitting templates. */

import type { Values } from '#db/column.ts';
import type { Tx } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import { Fault } from '#lib/fault.ts';
import { newId } from '#lib/id.ts';
import type { Core } from '../context.ts';
import { rulesOf } from '../messages/purposes.ts';
import { templateMark, type templateRead, templateSave, templateSubmitted } from './statements.ts';
import { type LintLine, lint, type TemplateText } from './template.ts';

export interface TemplateSource extends TemplateText {
  name: string;
  language: string;
  purpose: string;
  samples: Record<string, string>;
}

export type TemplateRow = Values<typeof templateRead.row>;

export interface Saved {
  row: TemplateRow;
  created: boolean;
  lint: LintLine[];
}

/** `SERVICE` purposes answer people who wrote; as a template such a text is a utility. */
const metaCategory = (purpose: string): 'MARKETING' | 'UTILITY' | 'AUTHENTICATION' => {
  const { category } = rulesOf(purpose);
  return category === 'SERVICE' ? 'UTILITY' : category;
};

export async function saveTemplate(tx: Tx, source: TemplateSource, now: Instant): Promise<Saved> {
  const id = newId();
  const [row] = await tx.run(templateSave, {
    id,
    name: source.name,
    language: source.language,
    purpose: source.purpose,
    meta_category: metaCategory(source.purpose),
    header: source.header,
    body: source.body,
    footer: source.footer,
    samples: source.samples,
    now,
  });
  return { row: row!, created: row!.id === id, lint: lint(source.name, source) };
}

/** Waits for the provider's answer. What it approves already is not submitted again. */
export async function submitTemplate(
  core: Core,
  tenant: string,
  source: TemplateSource,
  row: TemplateRow,
): Promise<TemplateRow> {
  if (row.status === 'approved' || row.status === 'pending') return row;
  const sender = await core.senders.byDefault(tenant, 'whatsapp');
  const provider = sender && core.providers.get(sender.provider);
  if (!sender || !provider?.capabilities.templates)
    throw new Fault('conflict', 'there is no sender that templates could be submitted to: set one up first');
  const draft = {
    name: row.name,
    language: row.language,
    category: metaCategory(row.purpose),
    header: row.header,
    body: row.body,
    footer: row.footer,
    samples: source.samples,
  };
  const outcome = await provider.submitTemplate(draft, row.provider_template_id, sender, core.wire);
  if (outcome.kind === 'unavailable') throw new Fault('provider_unavailable', undefined, { detail: outcome.detail });
  if (outcome.kind === 'refused') {
    await core.db.run(tenant, templateMark, {
      id: row.id,
      status: 'rejected',
      reason: `${outcome.code}: ${outcome.detail}`.slice(0, 300),
      now: core.clock.now(),
    });
    throw new Fault('template_refused', `the provider refused the template (${outcome.code}): ${outcome.detail}`);
  }
  const [submitted] = await core.db.run(tenant, templateSubmitted, {
    id: row.id,
    provider_template_id: outcome.providerTemplateId,
    status: outcome.status,
    meta_category: outcome.category,
    now: core.clock.now(),
  });
  return submitted ?? row;
}
