/** Whether a template’s variables will be filled, and whether its words fit its category. Pure. */
import { authenticationWords, marketingWords } from './category-words.ts';
import { complaints, type LintLine, type LintSource } from './complaint.ts';
import { knownSample, offeredBy } from './offered.ts';
import { everyVariable } from './render.ts';
import { categoryOf } from './template.ts';
import { isBlank } from './values.ts';

/**
 * A template whose variables nobody fills is approved all the same, and then every message is refused as
 * `variables_missing`: it is said here, while the text is being written.
 */
export function lintCoverage(source: LintSource): LintLine[] {
  const { lines, doubtful } = complaints('variables');
  const variables = new Map<string, string | undefined>();
  for (const { name, fallback } of everyVariable(source)) {
    const known = variables.get(name);
    if (known !== undefined && fallback !== undefined && known !== fallback)
      doubtful('fallback_differs', `{${name}} has two fallbacks; the first one serves everywhere: ${known}`);
    variables.set(name, known ?? fallback);
  }
  // Of purposes whose callers bring everything themselves nothing can be said.
  const offered = offeredBy(source.purpose);
  const unfilled = [...variables].filter(([name, fallback]) => offered && !offered.includes(name) && isBlank(fallback));
  if (unfilled.length > 0)
    doubtful(
      'variable_not_offered',
      `nothing fills ${unfilled.map(([name]) => `{${name}}`).join(', ')} by itself: give values in \`variables\`, or a fallback as {name|friend}. ${source.purpose} offers ${offered!.join(', ')}`,
    );
  // An example on the button shows its variable to the reviewers as well as a sample does.
  const examples = new Set(
    (source.buttons ?? [])
      .flatMap(button => ('example' in button && button.example ? everyVariable({ ...EMPTY, buttons: [button] }) : []))
      .map(({ name }) => name),
  );
  const bare = [...variables].filter(
    ([name, fallback]) => !source.samples[name] && isBlank(fallback) && !knownSample(name) && !examples.has(name),
  );
  if (bare.length > 0)
    doubtful(
      'sample_missing',
      `give samples for ${bare.map(([name]) => name).join(', ')}: reviewers see them in place of the variables`,
      '2388043',
    );
  return lines;
}

const EMPTY = { header: null, body: '', footer: null };

/** The platform moves what sells to MARKETING, and refuses codes outside of AUTHENTICATION. */
export function lintCategory(source: LintSource): LintLine[] {
  const { lines, wrong, doubtful } = complaints('category');
  const category = categoryOf(source.purpose);
  if (source.authentication || category === 'AUTHENTICATION') return lines;
  const text = [source.header, source.body, source.footer].filter(part => part !== null).join('\n');
  // With a variable beside them such words are a code that is sent; without one they may be mere talk about codes.
  const codes = authenticationWords(text, source.language);
  const say = `“${codes[0]}” belongs into a template of the category otp`;
  if (codes.length > 0 && everyVariable(source).length > 0) wrong('incorrect_category', say, 'INCORRECT_CATEGORY');
  else if (codes.length > 0) doubtful('incorrect_category', say, 'INCORRECT_CATEGORY');
  const selling = category === 'UTILITY' ? marketingWords(text, source.language) : [];
  if (selling.length > 0)
    doubtful(
      'category_risk',
      `${selling.map(word => `“${word}”`).join(', ')} may move this template to MARKETING, which costs more and needs another consent`,
      'TAG_CONTENT_MISMATCH',
    );
  return lines;
}
