/** A template with values in it, as it would be sent and as a phone would show it. Pure but for the reading. */
import { Fault } from '#lib/fault.ts';
import { markup, type Run } from '#lib/markup.ts';
import type { Core } from '../context.ts';
import { tenantRead } from '../tenants/statements.ts';
import { readTemplate } from './handlers.ts';
import { problemsOf, type RenderedButton, type RenderedText, render } from './render.ts';
import { templateCandidates } from './statements.ts';
import { chooseLanguage } from './template.ts';
import { variableText } from './values.ts';

/** More than these stand behind "See all options". */
const MOST_VISIBLE_BUTTONS = 3;

/** The body’s marks are read as the phones read them; a header and a footer have none. */
export interface OnPhone {
  header: string | null;
  body: Run[];
  footer: string | null;
  buttons: RenderedButton[];
  see_all_options: boolean;
}

export const onPhone = (rendered: RenderedText): OnPhone => ({
  header: rendered.header,
  body: markup(rendered.body),
  footer: rendered.footer,
  buttons: rendered.buttons ?? [],
  see_all_options: (rendered.buttons?.length ?? 0) > MOST_VISIBLE_BUTTONS,
});

type Variables = Readonly<Record<string, string | number | boolean>>;

/** Asked of drafts too: a text is looked at before it is handed in. */
export async function previewTemplate(
  core: Core,
  tenant: string,
  id: string,
  { variables, locale }: { variables?: Variables | undefined; locale?: string | undefined },
) {
  const asked = await readTemplate(core, tenant, id);
  const row = locale === undefined ? asked : await inLanguage(core, tenant, asked.name, locale);
  // Only what is given here: what a purpose would bring by itself depends on the order or the event.
  const values = new Map(Object.entries(variables ?? {}).map(([name, value]) => [name, variableText(value)]));
  const { rendered, missing } = render(row, values);
  const problems = problemsOf(rendered).map(({ code, message }) => ({ code, message }));
  return {
    name: row.name,
    language: row.language,
    status: row.status,
    rendered,
    missing,
    problems,
    phone: onPhone(rendered),
  };
}

/** The language that a message would be sent in. */
async function inLanguage(core: Core, tenant: string, name: string, locale: string) {
  const { defaults, templates } = await core.db.tx(tenant, async tx => {
    const [[defaults], templates] = await Promise.all([
      tx.run(tenantRead, {}),
      tx.run(templateCandidates, { names: [name], purposes: [] }),
    ]);
    return { defaults: defaults!, templates };
  });
  const row = chooseLanguage(templates, locale, defaults.default_language);
  if (!row) throw new Fault('not_found', `there is no ${name} that somebody with the language ${locale} could get`);
  return row;
}
