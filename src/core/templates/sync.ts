/**
 * All templates of the provider, compared with ours. What is there and not here is imported; what is here and not there
 * is told and never deleted: a mistake of the provider's, or of a token, would take every template away.
 */
import { Fault } from '#lib/fault.ts';
import { newId, publicId } from '#lib/id.ts';
import type { Core } from '../context.ts';
import { FIRST_ID } from '../paging.ts';
import type { ProviderTemplate, TemplateParts } from '../provider.ts';
import type { RouteAnswer } from '../route.ts';
import { applyTemplateChange } from './changes.ts';
import { followParts } from './follow.ts';
import { formOf } from './form.ts';
import { contentOf, type TemplateRow, templateDesk, toFault } from './service.ts';
import { templateImport, templateList } from './statements.ts';

const PAGE = 200;
/** A purpose that asks for the category; which one it really is, a person says. */
const PURPOSE_OF: Readonly<Record<string, string>> = { MARKETING: 'promo', AUTHENTICATION: 'otp' };

export async function syncTemplates(core: Core, tenant: string): Promise<RouteAnswer> {
  const { sender, provider } = await templateDesk(core, tenant);
  if (!provider.templateAdmin) throw new Fault('conflict', 'the provider of this sender has no list of templates');
  // Of a change that comes by webhook while we read, the webhook is the younger word. The provider tells whole seconds.
  const began = core.clock.now();
  const at = began - (began % 1_000);
  const listing = await provider.templateAdmin.list(sender, core.wire);
  if (listing.kind !== 'listed') throw toFault(listing);
  const ours = await allTemplates(core, tenant);
  const found = new Map(listing.templates.map(theirs => [theirs, match(ours, theirs)]));
  const imported: TemplateRow[] = [];
  const updated: TemplateRow[] = [];
  const unsupported = listing.templates.filter(theirs => theirs.unknown.length > 0 && !found.get(theirs));
  for (const [theirs, known] of found) {
    if (unsupported.includes(theirs)) continue;
    if (!known) imported.push(...(await importOne(core, tenant, theirs, at)));
    else if (await applyOne(core, tenant, known, theirs, at)) updated.push(known);
  }
  const there = new Set([...found.values()].map(row => row?.id));
  // Drafts were never there and miss nothing.
  const missing = ours.filter(row => row.provider_template_id !== null && !there.has(row.id));
  const unchanged = listing.templates.length - imported.length - updated.length - unsupported.length;
  return {
    status: 200,
    body: {
      read: listing.templates.length,
      unchanged,
      updated: updated.map(nameOf),
      imported: imported.map(nameOf),
      missing: missing.map(nameOf),
      unsupported: unsupported.map(({ name, language, unknown }) => ({ name, language, parts: unknown })),
    },
  };
}

const nameOf = ({ id, name, language }: TemplateRow) => ({ id: publicId('template', id), name, language });

/** A few hundred at most, 6,000 with a verified account: they fit into memory, and are compared there. */
async function allTemplates(core: Core, tenant: string): Promise<TemplateRow[]> {
  const none = { status: null, purpose: null, category: null, name: null, language: null };
  const all: TemplateRow[] = [];
  for (;;) {
    const after = all.at(-1)?.id ?? FIRST_ID;
    const rows = await core.db.run(tenant, templateList, { after, limit: PAGE, ...none });
    all.push(...rows);
    if (rows.length < PAGE) return all;
  }
}

const sameLanguage = (a: string, b: string) =>
  a.replaceAll('-', '_').toLowerCase() === b.replaceAll('-', '_').toLowerCase();

/** A draft of the same name that was never handed in becomes the one that is there: it could not be made any more. */
const match = (ours: readonly TemplateRow[], theirs: ProviderTemplate): TemplateRow | undefined =>
  ours.find(row => row.provider_template_id === theirs.providerTemplateId) ??
  ours.find(
    row => row.provider_template_id === null && row.name === theirs.name && sameLanguage(row.language, theirs.language),
  );

/** As if the provider had just told each of it by webhook. Of most there is nothing to tell. */
async function applyOne(
  core: Core,
  tenant: string,
  known: TemplateRow,
  theirs: ProviderTemplate,
  at: number,
): Promise<boolean> {
  const { providerTemplateId, name, language, status, reason, quality, category, parts } = theirs;
  const news = {
    ...(status === known.status && known.provider_template_id !== null ? {} : { status }),
    ...(quality === undefined || quality === known.quality ? {} : { quality }),
    ...(category === known.meta_category ? {} : { category: { to: category, kind: 'done' } as const }),
    // Of one that never was theirs also what is the same: their word is then about our text.
    ...(theirs.unknown.length > 0 || (known.provider_template_id !== null && saysSame(known, parts)) ? {} : { parts }),
  };
  if (Object.keys(news).length === 0) return false;
  const change = {
    kind: 'template',
    providerTemplateId,
    name,
    language,
    ...(reason === undefined ? {} : { reason }),
    at,
    ...news,
  } as const;
  return core.db.tx(tenant, tx => applyTemplateChange(tx, change, core.clock.now()));
}

/** Our own form is compared, so that fallbacks and payloads of ours are no difference. */
const saysSame = (ours: TemplateRow, parts: TemplateParts): boolean =>
  formOf(followParts(ours, parts)).equals(formOf(ours));

/** With its standing and its samples; variables that it counts are called `v1`, `v2`. */
function importOne(core: Core, tenant: string, theirs: ProviderTemplate, at: number): Promise<TemplateRow[]> {
  const { providerTemplateId, name, language, status, reason, category, quality, parts, authentication, positional } =
    theirs;
  const purpose = PURPOSE_OF[category] ?? 'announcement';
  const source = { name, language, purpose, ...parts, authentication, samples: theirs.samples };
  return core.db.run(tenant, templateImport, {
    ...contentOf(source),
    id: newId(),
    name,
    language,
    meta_category: category,
    status,
    status_reason: reason ?? null,
    quality: quality ?? null,
    positional,
    provider_template_id: providerTemplateId,
    at,
    now: core.clock.now(),
  });
}
