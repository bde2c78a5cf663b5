/**
 * Canaries: texts that are planted where something secret or personal goes in, and looked for where nothing of the kind may
 * come out. Looked for in every spelling that a program makes of a text by itself, because a leak is seldom word for word.
 */

export interface Canary {
  what: string;
  text: string;
}

const json = (text: string): string => JSON.stringify(text).slice(1, -1);
const ascii = (text: string): string =>
  json(text).replace(/[^\x20-\x7e]/g, letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

/**
 * Base64 of a text inside a longer one: what it looks like depends on where in a group of three bytes it begins, and its
 * ends depend on its neighbours. So three spellings, each without its ends.
 */
function insideBase64(text: string): string[] {
  return [0, 1, 2].map(shift => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]);
    return bytes.toString('base64').slice(Math.ceil((shift * 8) / 6), Math.floor((bytes.length * 8) / 6));
  });
}

/** A phone is the nine digits that every spelling of it ends in. */
const isPhone = (text: string): boolean => /^\+\d{11}$/.test(text);
const digitsOf = (text: string): string => text.slice(-9);

export function spellings({ text }: Canary): ReadonlyMap<string, string> {
  const encoded = encodeURIComponent(text);
  const base64 = insideBase64(text);
  return new Map([
    ['as it is', text],
    ['as JSON', json(text)],
    ['as JSON in JSON', json(json(text))],
    ['as ASCII JSON', ascii(text)],
    ['as ASCII JSON with slashes escaped', ascii(text).replaceAll('/', '\\/')],
    ['in a URL', encoded],
    ['in a form', encoded.replaceAll('%20', '+')],
    ['in hexadecimal', Buffer.from(text).toString('hex')],
    ...base64.map((one, shift) => [`in base64, ${shift}`, one] as const),
    ...base64.map((one, shift) => [`in base64url, ${shift}`, one.replaceAll('+', '-').replaceAll('/', '_')] as const),
    ...(isPhone(text) ? [['by its digits', digitsOf(text)] as const] : []),
  ]);
}

/** As people write a number, and as a keyboard for Chinese or Japanese does. */
export const spaced = (number: string): string => number.replace(/(\d{3})(\d{3})(\d{3})$/, ' ($1) $2-$3');
export const fullWidth = (number: string): string =>
  number.replace(/\d/g, digit => String.fromCharCode(digit.charCodeAt(0) - 48 + 0xff10));

/** Digits of every script as 0 to 9, and nothing of what people write between them. */
const plainDigits = (text: string): string =>
  text
    .replace(/[\u0660-\u0669]/g, digit => String(digit.charCodeAt(0) - 0x660))
    .replace(/[\uff10-\uff19]/g, digit => String(digit.charCodeAt(0) - 0xff10))
    .replace(/(?<=\d)(?:[\s().-]|%20|%C2%A0)+(?=\d)/gi, '');

/** Which canaries a text holds and how they are spelt, for a person to read. */
export function find(canaries: readonly Canary[], text: string): string[] {
  const folded = text.toLowerCase();
  const plain = plainDigits(text);
  return canaries.flatMap(canary => {
    const seen = [...spellings(canary)].filter(([how, needle]) => {
      if (how === 'by its digits') return plain.includes(needle);
      return how.includes('base64') ? text.includes(needle) : folded.includes(needle.toLowerCase());
    });
    return seen.length > 0 ? [`${canary.what} (${seen.map(([how]) => how).join(', ')})`] : [];
  });
}
