/**
 * What the provider would say of a template, said at once: its refusals come minutes or hours later, and its sentences
 * often name another place than the one to mend. An error is a refusal; a warning is what may cost something. Pure.
 */
import { complaints, type LintLine, type LintSource } from './complaint.ts';
import { lintAuthentication } from './lint-authentication.ts';
import { lintButtons } from './lint-buttons.ts';
import { lintCategory, lintCoverage } from './lint-meaning.ts';
import { lintBody, lintFooter, lintHeader } from './lint-text.ts';
import { isTemplateLocale, nearLocale } from './locales.ts';

export function lint(source: LintSource): LintLine[] {
  const text = source.authentication
    ? lintAuthentication(source, source.authentication)
    : [...lintHeader(source), ...lintBody(source), ...lintFooter(source)];
  return [...lintHead(source), ...text, ...lintButtons(source), ...lintCoverage(source), ...lintCategory(source)];
}

function lintHead({ name, language }: LintSource): LintLine[] {
  const named = complaints('name');
  if (!/^[a-z0-9_]{1,512}$/.test(name))
    named.wrong('name', 'use lower-case letters, digits and underscores only, 512 at most', '100');
  const spoken = complaints('language');
  if (!isTemplateLocale(language)) {
    const near = nearLocale(language);
    spoken.wrong('language', `WhatsApp has no templates in ${language}${near ? `: it calls it ${near}` : ''}`, '100');
  }
  return [...named.lines, ...spoken.lines];
}
