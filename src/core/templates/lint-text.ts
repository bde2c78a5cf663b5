/** The structural rules of header, body and footer. Pure. */
import { complaints, type LintLine } from './complaint.ts';
import type { TemplateText } from './parts.ts';
import { replaceVariables, variablePlaces, variablesIn, variablesOf } from './text.ts';

const LIMITS = { header: 60, body: 1_024, footer: 60 } as const;

/**
 * Counted as the platform's own editor does, in UTF-16 units: an emoji is two or more. A count of whole characters would
 * let texts through that it refuses. A variable counts with its doubled braces, a fallback not at all.
 */
export const lengthOf = (text: string): number => replaceVariables(text, ({ name }) => `{{${name}}}`).length;

export const EMOJI = /\p{RGI_Emoji}/v;
const EMOJIS = /\p{RGI_Emoji}/gv;
const MARKS = /[*_~`]/;

export function lintHeader({ header, media }: TemplateText): LintLine[] {
  const { lines, wrong, doubtful } = complaints('header');
  if (media && media.format !== 'location' && !media.sample && !media.link)
    wrong('media_sample', `a header with ${article(media.format)} needs a sample for the reviewers`, '2388043');
  if (header === null) return lines;
  if (header.trim() === '') wrong('header_format', 'a header that is there has words', '2388047');
  if (lengthOf(header) > LIMITS.header)
    wrong('header_length', `the header has ${lengthOf(header)} characters; ${LIMITS.header} are allowed`, '2388040');
  if (variablePlaces(header).length > 1)
    wrong('header_variables', 'a header takes one variable at most, and once', '2388047');
  if (/\{\{|\}\}|\{▮|▮\}/.test(replaceVariables(header, () => '▮')))
    wrong('odd_braces', 'doubled braces that hold no name of a variable', '2388047');
  const odd = [
    /\n/.test(header) && 'line breaks',
    EMOJI.test(header) && 'emoji',
    MARKS.test(replaceVariables(header, () => '')) && 'marks such as * or _',
  ].filter(Boolean);
  if (odd.length > 0) wrong('header_format', `a header takes no ${odd.join(', no ')}`, '2388047');
  if (/^▮|▮$/.test(marked(header)))
    doubtful('edge_variable', 'a header that begins or ends with its variable is often refused: put words around it');
  return lines;
}

const article = (format: string): string => (format === 'image' ? 'an image' : `a ${format}`);

/** Each variable as one sign that stands nowhere else. */
const marked = (text: string): string => replaceVariables(text.trim(), () => '▮');

export function lintBody({ body }: TemplateText): LintLine[] {
  const { lines, wrong, doubtful } = complaints('body');
  if (body.trim() === '') wrong('body_missing', 'a template needs a body', '2388072');
  if (lengthOf(body) > LIMITS.body)
    wrong('body_length', `the body has ${lengthOf(body)} characters; ${LIMITS.body} are allowed`, '2388040');
  lines.push(...lintVariables(body));
  const emojis = body.match(EMOJIS)?.length ?? 0;
  if (emojis > 10) doubtful('body_emoji', `the body has ${emojis} emoji; more than 10 are said to be refused`);
  if (/\n{3}| {4}|\t/.test(body))
    doubtful('body_spacing', 'tabs, four spaces and two empty lines in a row are often refused', '2388072');
  return lines;
}

function lintVariables(body: string): LintLine[] {
  const { lines, wrong, doubtful } = complaints('body');
  const text = marked(body);
  if (/^▮|▮$/.test(text))
    wrong('edge_variable', 'the body may not begin or end with a variable: put words there', '2388299');
  // Some reviewers count a full stop as nothing; Meta’s own text does not say.
  else if (/^[^\p{L}\p{N}▮]*▮|▮[^\p{L}\p{N}▮]*$/u.test(text))
    doubtful(
      'edge_variable',
      'only punctuation stands between a variable and the edge of the body: a word is safer',
      '2388299',
    );
  if (/▮\s*▮/.test(text))
    wrong('adjacent_variables', 'two variables stand side by side: put words between them', '2388072');
  lines.push(...lintRatio(text), ...lintBraces(body, complaints('body')));
  for (const { name, fallback } of variablesIn(body))
    if (fallback === '')
      doubtful('empty_fallback', `the fallback of {${name}} is empty: without a value nothing is sent`);
  return lines;
}

/**
 * Meta publishes no figure. Two providers measured that words and variables together are at least 3n + 1 for n
 * variables; what has fewer words than variables was never seen to pass.
 */
function lintRatio(text: string): LintLine[] {
  const { lines, wrong, doubtful } = complaints('body');
  const variables = text.match(/▮/g)?.length ?? 0;
  const words = text
    .split(/\s+/)
    .filter(word => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(word) && !word.includes('▮')).length;
  const say = `${variables} variables among ${words} other words`;
  if (words < variables) wrong('too_many_variables', `${say} are too many: write more words`, '2388293');
  else if (variables > 0 && words < 2 * variables + 1)
    doubtful('too_many_variables', `${say} may be too many: ${2 * variables + 1} words are safe`, '2388293');
  return lines;
}

function lintBraces(body: string, { lines, wrong, doubtful }: ReturnType<typeof complaints>): LintLine[] {
  const rest = replaceVariables(body, () => '▮');
  const number = /\{\{\s*\d+\s*\}\}/.exec(rest);
  if (number) wrong('unnamed_variable', `${number[0]} has no name: write {first_name}`, '2388072');
  else if (/\{[^}]*$/.test(rest)) wrong('unbalanced', 'a brace is opened and not closed', '2388072');
  else if (/\{\{|\}\}|\{▮|▮\}/.test(rest))
    wrong('odd_braces', 'doubled braces that hold no name of a variable, or a brace beside one', '2388072');
  else if (/\{[^{}]*\}/.test(rest))
    doubtful('odd_braces', 'braces that hold no name of a variable are shown as they stand');
  return lines;
}

export function lintFooter({ footer }: TemplateText): LintLine[] {
  const { lines, wrong } = complaints('footer');
  if (footer === null) return lines;
  if (footer.trim() === '') wrong('footer_format', 'a footer that is there has words', '2388073');
  if (lengthOf(footer) > LIMITS.footer)
    wrong('footer_length', `the footer has ${lengthOf(footer)} characters; ${LIMITS.footer} are allowed`, '2388040');
  if (variablesOf(footer).length > 0 || /\{\{/.test(footer))
    wrong('footer_variable', 'a footer takes no variables', '2388073');
  if (/\n/.test(footer) || EMOJI.test(footer))
    wrong('footer_format', 'a footer takes no line breaks and no emoji', '2388073');
  return lines;
}
