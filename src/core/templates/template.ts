/** Templates as text: their variables, their rendering, their first lint. Pure. */

export const TEMPLATE_STATUSES = ['draft', 'pending', 'approved', 'rejected', 'paused', 'disabled'] as const;

export interface TemplateText {
  header: string | null;
  body: string;
  footer: string | null;
}

/** `{first_name}`, or `{{first_name}}` as other tools write it. */
const VARIABLE = /\{\{\s*([a-z][a-z0-9_]{0,63})\s*\}\}|\{([a-z][a-z0-9_]{0,63})\}/g;

export const variablesOf = (text: string | null): string[] => [
  ...new Set([...(text ?? '').matchAll(VARIABLE)].map(match => (match[1] ?? match[2])!)),
];

/** One pass: a value that looks like a variable, or like a replacement pattern, is shown as it is. */
export const fill = (text: string, values: ReadonlyMap<string, string>): string =>
  text.replace(
    VARIABLE,
    (whole, doubled: string | undefined, single: string | undefined) => values.get((doubled ?? single)!) ?? whole,
  );

/**
 * What a phone shows. The platform refuses line breaks, tabs and runs of spaces inside a value (132012), so they are
 * folded here, before anybody has paid for a refusal.
 */
export const variableText = (value: string | number | boolean): string => String(value).replace(/\s+/g, ' ').trim();

export interface RenderedText {
  header: string | null;
  body: string;
  footer: string | null;
}

export const render = (template: TemplateText, values: ReadonlyMap<string, string>): RenderedText => ({
  header: template.header === null ? null : fill(template.header, values),
  body: fill(template.body, values),
  footer: template.footer,
});

export interface LintLine {
  level: 'error' | 'warning';
  rule: string;
  message: string;
}

/** The structural rules whose breach the provider answers with a refusal hours later. */
export function lint(name: string, text: TemplateText): LintLine[] {
  const lines: LintLine[] = [];
  const wrong = (rule: string, message: string) => lines.push({ level: 'error', rule, message });
  if (!/^[a-z0-9_]{1,512}$/.test(name)) wrong('name', 'use lower-case letters, digits and underscores only');
  if (text.body.length > 1024) wrong('body_length', `the body has ${text.body.length} characters; 1024 are allowed`);
  if ((text.header?.length ?? 0) > 60) wrong('header_length', 'a header may have 60 characters');
  if ((text.footer?.length ?? 0) > 60) wrong('footer_length', 'a footer may have 60 characters');
  if (variablesOf(text.footer).length > 0) wrong('footer_variable', 'a footer takes no variables');
  if (variablesOf(text.header).length > 1) wrong('header_variables', 'a header takes one variable at most');
  const marked = text.body.trim().replace(VARIABLE, '▮');
  if (/^▮|▮$/.test(marked))
    wrong('edge_variable', 'the body may not begin or end with a variable: put a word or a full stop there');
  if (/▮\s*▮/.test(marked)) wrong('adjacent_variables', 'two variables stand side by side: put words between them');
  if (/\{[^}]*$/.test(text.body.replace(VARIABLE, ''))) wrong('unbalanced', 'a brace is opened and not closed');
  return lines;
}

/** exact → base language → the tenant's default → the only one (API, section 4). */
export function chooseLanguage<T extends { language: string }>(
  candidates: readonly T[],
  wanted: string | undefined,
  fallback: string,
): T | undefined {
  const byTag = (tag: string) => candidates.find(candidate => normalTag(candidate.language) === normalTag(tag));
  const byBase = (tag: string) =>
    byTag(baseOf(tag)) ?? candidates.find(candidate => baseOf(candidate.language) === baseOf(tag));
  const chosen = wanted === undefined ? undefined : (byTag(wanted) ?? byBase(wanted));
  return chosen ?? byTag(fallback) ?? byBase(fallback) ?? (candidates.length === 1 ? candidates[0] : undefined);
}

const normalTag = (tag: string): string => tag.toLowerCase().replaceAll('-', '_');
const baseOf = (tag: string): string => normalTag(tag).split('_')[0]!;
