/** Values on their way into a text. Pure. */

/**
 * The platform refuses line breaks, tabs and runs of spaces inside a value (132012, 132018), so they are folded here,
 * before anybody has paid for a refusal.
 */
export const variableText = (value: string | number | boolean): string => String(value).replace(/\s+/g, ' ').trim();

/** Also what only looks empty, such as a zero-width space: the platform takes it, and the person reads "Hi ,". */
export const isBlank = (value: string | undefined): boolean =>
  value === undefined || /^[\s\p{Cf}\p{Cc}]*$/u.test(value);

const FIRST_STRONG_ISOLATE = '\u2068';
const POP_ISOLATE = '\u2069';

/** Letters written from right to left, and the invisible characters that turn a line around. */
const TURNS =
  /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/u;

/**
 * A value in another direction is kept apart from its surroundings: a Hebrew name before "12 tickets" would otherwise
 * carry the number to its other side. Only where it is needed, since what is copied from a message brings these
 * characters along. Within the value, what it opens is closed and what it never opened can't end ours.
 */
export function isolate(value: string): string {
  if (!TURNS.test(value)) return value;
  let open = 0;
  let balanced = '';
  for (const character of value) {
    if (/[\u2066-\u2068]/.test(character)) open += 1;
    if (character !== POP_ISOLATE) balanced += character;
    else if (open > 0) {
      open -= 1;
      balanced += character;
    }
  }
  return FIRST_STRONG_ISOLATE + balanced + POP_ISOLATE.repeat(open + 1);
}

/**
 * What stands at the end of a button's address. Its own beginning said again is cut off (callers have the whole
 * address at hand more often than its end), and what no address may hold is escaped; what is escaped stays so.
 */
export function addressEnd(value: string, beginning: string): string {
  const end = beginning !== '' && value.startsWith(beginning) ? value.slice(beginning.length) : value;
  return encodeURI(end.toWellFormed()).replace(/%25([0-9a-f]{2})/gi, '%$1');
}

/** https, since the platform fetches it; what is no address at all counts as not given. */
export const isWebAddress = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
