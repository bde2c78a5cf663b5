/** Values on their way into a text. Pure. */

/**
 * The platform refuses line breaks, tabs and runs of spaces inside a value (132012, 132018), so they are folded here,
 * before anybody has paid for a refusal.
 */
export const variableText = (value: string | number | boolean): string => String(value).replace(/\s+/g, ' ').trim();

/**
 * Also what only looks empty, such as a zero-width space or a braille cell without dots: the platform takes it as a
 * value, and the person reads "Hi ,".
 */
export const isBlank = (value: string | undefined): boolean =>
  value === undefined || /^[\s\p{Cf}\p{Cc}\p{Default_Ignorable_Code_Point}\u2800]*$/u.test(value);

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
