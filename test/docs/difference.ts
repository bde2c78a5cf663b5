/**
 * Where an answer differs from the part of it that a document shows. What is not shown may be anything; of a list, what is
 * shown is there in this order, and others may stand between.
 */
export function difference(actual: unknown, shown: unknown, path = 'the answer'): string | undefined {
  if (typeof shown !== 'object' || shown === null)
    return Object.is(actual, shown) ? undefined : `${path} is ${JSON.stringify(actual)}, not ${JSON.stringify(shown)}`;
  if (Array.isArray(shown)) return listDifference(actual, shown, path);
  if (typeof actual !== 'object' || actual === null) return `${path} is ${JSON.stringify(actual)}`;
  for (const [key, value] of Object.entries(shown)) {
    if (!Object.hasOwn(actual, key)) return `${path} has no ${key}`;
    const wrong = difference((actual as Record<string, unknown>)[key], value, `${path}.${key}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function listDifference(actual: unknown, shown: readonly unknown[], path: string): string | undefined {
  if (!Array.isArray(actual)) return `${path} is no list`;
  let from = 0;
  for (const [index, value] of shown.entries()) {
    const found = actual.findIndex((each, place) => place >= from && difference(each, value) === undefined);
    if (found < 0) return difference(actual[from], value, `${path}[${index}]`);
    from = found + 1;
  }
  return undefined;
}
