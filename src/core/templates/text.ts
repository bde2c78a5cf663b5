/** Variables in texts: where they are, what stands in their place. Pure. */

/** `{first_name}` or `{first_name|friend}`, or doubled as other tools write it. */
const VARIABLE = /\{\{\s*([a-z][a-z0-9_]{0,63})\s*(?:\|([^{}\n]*))?\}\}|\{([a-z][a-z0-9_]{0,63})(?:\|([^{}\n]*))?\}/g;

export interface Variable {
  name: string;
  /** What is shown when nobody gives a value. */
  fallback: string | undefined;
}

const readMatch = (match: RegExpMatchArray | string[]): Variable => ({
  name: (match[1] ?? match[3])!,
  fallback: (match[2] ?? match[4])?.trim(),
});

/** Every place where one stands, in their order. */
export const variablePlaces = (text: string | null | undefined): Variable[] =>
  Array.from((text ?? '').matchAll(VARIABLE), readMatch);

/** Once each, in the order of their appearance. The first fallback that is given counts for all places. */
export function variablesIn(text: string | null | undefined): Variable[] {
  const found = new Map<string, Variable>();
  for (const variable of variablePlaces(text)) {
    const known = found.get(variable.name);
    if (!known) found.set(variable.name, variable);
    else known.fallback ??= variable.fallback;
  }
  return [...found.values()];
}

export const variablesOf = (text: string | null | undefined): string[] => variablesIn(text).map(({ name }) => name);

/** Each place with `write`'s text in it. One pass: what is written is never read again as a variable or a pattern. */
export const replaceVariables = (text: string, write: (variable: Variable, whole: string) => string): string =>
  text.replace(VARIABLE, (whole, ...groups: string[]) => write(readMatch([whole, ...groups]), whole));

/** A value that looks like a variable, or like a replacement pattern, is shown as it is. */
export const fill = (text: string, values: ReadonlyMap<string, string>): string =>
  replaceVariables(text, ({ name, fallback }, whole) => values.get(name) ?? fallback ?? whole);

/** The one spelling that leaves the house: `{name}`, without what is ours alone. */
export const plainText = (text: string): string => replaceVariables(text, ({ name }) => `{${name}}`);
