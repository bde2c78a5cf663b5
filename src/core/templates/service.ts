/** Saving templates and handing them in. */
import type { Values } from '#db/column.ts';
import type { Tx } from '#db/db.ts';
import { type Instant, SECOND_MS } from '#lib/clock.ts';
import { Fault } from '#lib/fault.ts';
import { newId } from '#lib/id.ts';
import type { Core } from '../context.ts';
import { HTTP_TIMEOUT_MS } from '../messages/gate.ts';
import { PURPOSE_NAMES } from '../messages/purposes.ts';
import type { Provider, SenderAccess, TemplateDraft, TemplateOutcome } from '../provider.ts';
import { authenticationTexts, defaultOtpButton } from './authentication.ts';
import { applyTemplateChange } from './changes.ts';
import type { LintLine, LintSource } from './complaint.ts';
import { draftText } from './draft.ts';
import { formOf } from './form.ts';
import { lint } from './lint.ts';
import { spellLocale } from './locales.ts';
import { readSample } from './sample.ts';
import { templateNotSubmitted, templateSubmitted, templateSubmitting } from './standing-statements.ts';
import { templateRead, templateReadById, templateSave, templateTwin } from './statements.ts';
import { categoryOf } from './template.ts';

export type TemplateSource = LintSource;
export type TemplateRow = Values<typeof templateRead.row>;

export interface Saved {
  row: TemplateRow;
  created: boolean;
  lint: LintLine[];
}

/** In the platform's spelling; with its own text where the template has none. */
export function completeSource(source: TemplateSource): TemplateSource {
  const language = spellLocale(source.language);
  if (categoryOf(source.purpose) !== 'AUTHENTICATION') return { ...source, language, authentication: null };
  const authentication = source.authentication ?? {};
  const buttons = source.buttons?.length ? source.buttons : [defaultOtpButton];
  return { ...source, language, authentication, buttons, ...authenticationTexts(authentication, language) };
}

/** The rules, and the one that only the other templates can tell. */
export async function lintAmongOthers(tx: Tx, source: TemplateSource): Promise<LintLine[]> {
  const lines = lint(source);
  const [twin] = source.authentication ? [] : await tx.run(templateTwin, source);
  if (!twin) return lines;
  const message = `${twin.name} (${twin.language}) has the same body and footer: the second of two is often refused`;
  return [...lines, { level: 'warning', rule: 'duplicate', message, field: 'body' }];
}

export async function saveTemplate(tx: Tx, asked: TemplateSource, now: Instant): Promise<Saved> {
  const source = completeSource(asked);
  const [known] = await tx.run(templateRead, source);
  const category = categoryOf(source.purpose);
  // The provider refuses it too, but only when the text is handed in, and with a sentence about something else. A purpose
  // that asks for the category which the provider has given it by now is no change of it: the guess of an import is put right.
  const changed = known && category !== known.meta_category && category !== categoryOf(known.purpose);
  if (changed && ['approved', 'paused'].includes(known.status))
    throw new Fault(
      'conflict',
      `the category of an approved template can’t be changed (${known.name} is ${known.meta_category}): make one of another name`,
    );
  const id = newId();
  const [row] = await tx.run(templateSave, {
    ...contentOf(source),
    id,
    name: source.name,
    language: source.language,
    meta_category: category,
    alike: PURPOSE_NAMES.filter(purpose => categoryOf(purpose) === category),
    now,
  });
  return { row: row!, created: row!.id === id, lint: await lintAmongOthers(tx, source) };
}

/** What is stored of a source, with the digest of what the provider sees of it. */
export const contentOf = (source: TemplateSource) => ({
  purpose: source.purpose,
  header: source.header,
  media: source.media ?? null,
  body: source.body,
  footer: source.footer,
  buttons: source.buttons ?? [],
  authentication: source.authentication ?? null,
  samples: { ...source.samples },
  form: formOf(source),
});

interface Desk {
  sender: SenderAccess;
  provider: Provider;
}

/** Where the tenant's templates are handed in. */
export async function templateDesk(core: Core, tenant: string): Promise<Desk> {
  const sender = await core.senders.byDefault(tenant, 'whatsapp');
  const provider = sender && core.providers.get(sender.provider);
  if (!sender || !provider?.capabilities.templates)
    throw new Fault('conflict', 'there is no sender that templates could be submitted to: set one up first');
  return { sender, provider };
}

/** Waits for the provider's answer. What it has already in this form is not handed in again. */
export async function submitTemplate(core: Core, tenant: string, row: TemplateRow): Promise<TemplateRow> {
  if (['approved', 'pending', 'paused'].includes(row.status)) return row;
  const { sender, provider } = await templateDesk(core, tenant);
  // Before anything is marked: a sample that can't be fetched is the caller's to mend.
  const draft = await draftOf(core, row, provider);
  const now = core.clock.now();
  const at = handInMoment(now);
  const [begun] = await core.db.run(tenant, templateSubmitting, { id: row.id, wait_ms: HAND_IN_MS, at, now });
  if (!begun) throw new Fault('not_found', 'there is no such template');
  const outcome = await provider.submitTemplate(draft, row.provider_template_id, sender, core.wire);
  const written = await writeOutcome(core, tenant, { ...begun, at }, outcome);
  if (outcome.kind === 'submitted') return written ?? row;
  throw toFault(outcome);
}

/** The longest hand-in there is: a file in three requests, the text, and a look at the one that is there already. */
const HAND_IN_MS = 5 * HTTP_TIMEOUT_MS + 5 * SECOND_MS;

/**
 * What the provider says of a template it dates by the second: a word of the very second of the hand-in may be about the
 * new text and counts, one of any second before is about the text before and does not.
 */
const handInMoment = (now: Instant): Instant => now - (now % 1_000) - 1;

interface Begun {
  id: string;
  form: Buffer;
  at: Instant;
}

/** Fenced by the form: an answer about a text that was changed meanwhile says nothing about the new one. */
async function writeOutcome(core: Core, tenant: string, begun: Begun, outcome: TemplateOutcome) {
  const now = core.clock.now();
  if (outcome.kind !== 'submitted') {
    const { id, form } = begun;
    const rejected = outcome.kind === 'refused';
    const reason = rejected ? `${outcome.code}: ${outcome.detail}`.slice(0, 300) : null;
    return (await core.db.run(tenant, templateNotSubmitted, { id, form, rejected, reason, now }))[0];
  }
  const [row] = await core.db.run(tenant, templateSubmitted, {
    ...begun,
    provider_template_id: outcome.providerTemplateId,
    status: outcome.status,
    meta_category: outcome.category,
    now,
  });
  const { parts, providerTemplateId } = outcome;
  if (!row || !parts) return row;
  // It was there before: what it says there is what people will read.
  const { name, language } = row;
  const change = { kind: 'template', providerTemplateId, name, language, parts, at: now } as const;
  const changed = await core.db.tx(tenant, tx => applyTemplateChange(tx, change, now));
  return changed ? (await core.db.run(tenant, templateReadById, { id: row.id }))[0] : row;
}

/** What the provider said no with, for the caller. */
export function toFault(outcome: Exclude<TemplateOutcome, { kind: 'submitted' }>): Fault {
  if (outcome.kind === 'unavailable') return new Fault('provider_unavailable', undefined, { detail: outcome.detail });
  if (outcome.kind === 'conflict') return new Fault('conflict', outcome.detail);
  return new Fault('template_refused', `the provider refused the template (${outcome.code}): ${outcome.detail}`);
}

/** The sample is fetched at every hand-in: the provider's handle of it lives for a day or so. */
async function draftOf(core: Core, row: TemplateRow, { capabilities }: Provider): Promise<TemplateDraft> {
  const { media } = row;
  const uploaded = capabilities.templateSamples === 'uploaded';
  const file = uploaded && media && media.format !== 'location' ? media : undefined;
  // Of one that the provider has moved, the category that it has now: it refuses any other one with an edit.
  const category = row.meta_category as TemplateDraft['category'];
  return { ...draftText(row), category, ...(file ? { mediaSample: await readSample(core, file) } : {}) };
}
