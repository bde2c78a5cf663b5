/** Noes of the template editor, as far as they are noes. */
import type { TemplateOutcome } from '#core/provider.ts';
import type { GraphError } from './graph.ts';

/** Under review, or in another state in which it can't be edited: the text has nothing to do with it. */
const NOT_NOW = 2388039;

/** A readable no; anything else is a platform that can't be asked just now. */
export function refusalOf(
  error: GraphError | undefined,
  status: number,
): Exclude<TemplateOutcome, { kind: 'submitted' }> {
  if (error?.subcode === NOT_NOW) return { kind: 'conflict', detail: error.details };
  // By its code: the words of an error may repeat the template, and this is logged.
  if (!error || error.transient || status >= 500)
    return { kind: 'unavailable', detail: `HTTP ${status}${error ? `, code ${error.code}` : ''}` };
  return { kind: 'refused', code: String(error.subcode ?? error.code), detail: error.details };
}
