/** A template as it is handed in: in the one spelling that leaves the house, with a sample for every variable. Pure. */
import type { TemplateDraft } from '../provider.ts';
import type { LintSource } from './complaint.ts';
import { knownSample } from './offered.ts';
import { everyVariable } from './render.ts';
import { categoryOf } from './template.ts';
import { plainText } from './text.ts';

export const draftText = (source: LintSource & { positional?: boolean }): Omit<TemplateDraft, 'mediaSample'> => ({
  name: source.name,
  language: source.language,
  category: categoryOf(source.purpose),
  header: source.header === null ? null : plainText(source.header),
  body: plainText(source.body),
  footer: source.footer,
  samples: samplesOf(source),
  media: source.media ?? null,
  // Payloads and codes keep their variables: adapters hand in neither.
  buttons: (source.buttons ?? []).map(button =>
    button.type === 'url' ? { ...button, url: plainText(button.url) } : button,
  ),
  authentication: source.authentication ?? null,
  positional: source.positional ?? false,
});

/** The caller’s first, then what we know, then the fallback; a name in words is better than none. */
const samplesOf = (source: LintSource): Record<string, string> =>
  Object.fromEntries(
    // The last one wins in an object, and of fallbacks the first one counts.
    everyVariable(source)
      .toReversed()
      .map(({ name, fallback }) => [
        name,
        source.samples[name] ?? knownSample(name) ?? (fallback || name.replaceAll('_', ' ')),
      ]),
  );
