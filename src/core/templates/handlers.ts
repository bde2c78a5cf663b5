/** What the routes of templates do; the same under each of their addresses. */
import { Fault } from '#lib/fault.ts';
import type { Static } from '#lib/schema.ts';
import type { Core } from '../context.ts';
import { answerWith } from '../idempotency.ts';
import { PURPOSE_NAMES } from '../messages/purposes.ts';
import { FIRST_ID, page, readCursor, readId } from '../paging.ts';
import type { RouteAnswer, RouteRequest } from '../route.ts';
import { authenticationTexts } from './authentication.ts';
import type { LintLine } from './complaint.ts';
import { lint } from './lint.ts';
import {
  completeSource,
  lintAmongOthers,
  type Saved,
  saveTemplate,
  submitTemplate,
  type TemplateRow,
  type TemplateSource,
} from './service.ts';
import { readButtons, readHeader, type TemplateBody, type TemplatePatch } from './shapes.ts';
import { templateList, templateLock, templateReadById } from './statements.ts';
import { categoryOf } from './template.ts';
import { viewTemplate } from './view.ts';

/** Handlers look at what they need, so that one serves routes with and without parameters in their path. */
type Given = Static<typeof TemplateBody>;
type Asked<B> = Pick<RouteRequest<B, unknown, unknown>, 'tenant' | 'body' | 'claim'>;

function readSource(given: Given): TemplateSource {
  // Asked for here and not in the schema: whether a body is needed depends on the category.
  const isCode = categoryOf(given.category) === 'AUTHENTICATION';
  if (given.body === undefined && !isCode)
    throw new Fault('invalid_request', 'body: a template needs one', {
      fields: [{ path: 'body', message: 'a template needs one' }],
    });
  return {
    name: given.name,
    language: given.language,
    purpose: given.category,
    ...readHeader(given.header),
    body: given.body ?? '',
    footer: given.footer ?? null,
    buttons: readButtons(given.buttons),
    authentication: isCode ? (given.authentication ?? {}) : null,
    samples: given.samples ?? {},
  };
}

/** What was written for an authentication template and will not be used, so that nobody waits for it on a phone. */
function unusedText(
  given: { body?: string | undefined; footer?: string | null | undefined },
  source: TemplateSource,
): LintLine[] {
  const ours = authenticationTexts(source.authentication ?? {}, source.language);
  const written =
    source.authentication && ((given.body ?? ours.body) !== ours.body || (given.footer ?? ours.footer) !== ours.footer);
  const message = 'WhatsApp writes the text of authentication templates itself: yours is left out';
  return written ? [{ level: 'warning', rule: 'otp_text', message, field: 'body' }] : [];
}

/** Before it is stored: the provider would refuse it, so it is refused here, with all reasons at once. */
function refuseWrong(source: TemplateSource): void {
  const wrong = lint(completeSource(source)).filter(line => line.level === 'error');
  if (wrong.length > 0)
    throw new Fault('invalid_request', `${wrong[0]!.field}: ${wrong[0]!.message}`, {
      fields: wrong.map(({ field, message }) => ({ path: field, message })),
    });
}

/** By name and language, so that said twice it is one template; what the second call leaves out is then gone. */
export async function createTemplate(core: Core, { tenant, body, claim }: Asked<Given>): Promise<RouteAnswer> {
  const source = readSource(body);
  if (body.submit) refuseWrong(source);
  const unused = unusedText(body, completeSource(source));
  const answer = ({ created, lint: lines }: Saved, row: TemplateRow) => ({
    status: created ? 201 : 200,
    body: { ...viewTemplate(row), lint: [...unused, ...lines] },
  });
  const now = core.clock.now();
  if (!body.submit)
    return core.db.tx(tenant, async tx => {
      const saved = await saveTemplate(tx, source, now);
      return answerWith(tx, claim, answer(saved, saved.row));
    });
  // No transaction, since the provider is asked in between. A crash there is mended by the same call said again.
  const saved = await core.db.tx(tenant, tx => saveTemplate(tx, source, now));
  return answer(saved, await submitTemplate(core, tenant, saved.row));
}

/** Nothing is written, so a key that may only read templates may ask. */
export async function lintTemplate(core: Core, { tenant, body }: Asked<Given>): Promise<RouteAnswer> {
  const source = completeSource(readSource(body));
  const lines = [...unusedText(body, source), ...(await core.db.tx(tenant, tx => lintAmongOthers(tx, source)))];
  const submittable = lines.every(line => line.level !== 'error');
  return { status: 200, body: { submittable, meta_category: categoryOf(source.purpose), lint: lines } };
}

/** Read and written under one lock: of two people who change different parts, both changes stay. */
export async function changeTemplate(
  core: Core,
  { tenant, body, params }: Asked<Static<typeof TemplatePatch>> & { params: { id: string } },
): Promise<RouteAnswer> {
  const id = idOf(params.id);
  const now = core.clock.now();
  const { saved, unused } = await core.db.tx(tenant, async tx => {
    const [row] = await tx.run(templateLock, { id });
    if (!row) throw noSuch();
    const source: TemplateSource = {
      ...row,
      ...(body.category === undefined ? {} : { purpose: body.category }),
      ...(body.body === undefined ? {} : { body: body.body }),
      ...(body.header === undefined ? {} : readHeader(body.header)),
      ...(body.footer === undefined ? {} : { footer: body.footer }),
      ...(body.buttons === undefined ? {} : { buttons: readButtons(body.buttons) }),
      ...(body.authentication === undefined ? {} : { authentication: body.authentication }),
      ...(body.samples === undefined ? {} : { samples: body.samples }),
    };
    if (body.submit) refuseWrong(source);
    return { saved: await saveTemplate(tx, source, now), unused: unusedText(body, completeSource(source)) };
  });
  const row = body.submit ? await submitTemplate(core, tenant, saved.row) : saved.row;
  return { status: 200, body: { ...viewTemplate(row), lint: [...unused, ...saved.lint] } };
}

export interface ListQuery {
  limit?: number;
  cursor?: string;
  status?: string;
  category?: string;
  name?: string;
  language?: string;
}

/** `category` names a purpose or the provider's category: the two lists have no word in common. */
export async function listTemplates(core: Core, tenant: string, query: ListQuery): Promise<RouteAnswer> {
  const limit = query.limit ?? 50;
  const isPurpose = PURPOSE_NAMES.some(purpose => purpose === query.category);
  const rows = await core.db.run(tenant, templateList, {
    after: query.cursor === undefined ? FIRST_ID : readCursor(query.cursor),
    limit,
    status: query.status ?? null,
    purpose: isPurpose ? query.category! : null,
    category: isPurpose ? null : (query.category ?? null),
    name: query.name ?? null,
    language: query.language ?? null,
  });
  return { status: 200, body: page(rows, limit, viewTemplate) };
}

export const noSuch = (): Fault => new Fault('not_found', 'there is no such template');

/** A name that can't be one and one that is nobody's look the same to the caller. */
export function idOf(text: string): string {
  const id = readId('template', text);
  if (id === undefined) throw noSuch();
  return id;
}

export async function readTemplate(core: Core, tenant: string, text: string): Promise<TemplateRow> {
  const [row] = await core.db.run(tenant, templateReadById, { id: idOf(text) });
  if (!row) throw noSuch();
  return row;
}

/** The stored text is looked over again: since it was stored, the rules may have become stricter. */
export async function handIn(core: Core, tenant: string, text: string): Promise<RouteAnswer> {
  const row = await readTemplate(core, tenant, text);
  refuseWrong(row);
  const submitted = await submitTemplate(core, tenant, row);
  return { status: 200, body: { ...viewTemplate(submitted), lint: lint(submitted) } };
}
