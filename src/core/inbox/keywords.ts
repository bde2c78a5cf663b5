/**
 * The words that stop and start. Only the whole message counts, or its first line, after everything that people and
 * keyboards add is taken off: "see you at the bus stop" is no withdrawal, "STOP 🛑" is one. A longer text with an
 * unmistakable word in it may be one: that is for a person to read. Pure.
 */
import { AMBIGUOUS, DOUBT, POLITE, START, STOP, YES } from './keyword-lists.ts';

export type Heard = 'stop' | 'start' | 'doubt';

/** A person's whole word fits in this; a longer first line is a sentence. */
const LONGEST_WORD = 200;
/** Of a longer text this much is looked through. */
const LONGEST_TEXT = 2_000;

/** Accents, Arabic vowel signs and the stretching tatweel, what emoji are put together with, invisible characters. */
const MARKS = /[\u0300-\u036f]|[\u0591-\u05c7]|\u0640|[\u064b-\u065f]|\u0670|\u20e3|[\ufe00-\ufe0f]|\p{Cf}/gu;

/**
 * One spelling for all: compatibility forms (ＳＴＯＰ), case (also the Turkish one), no marks, no emoji, no punctuation. The
 * vowel signs of Indian scripts stay: without them other words are left.
 */
export function normalise(text: string): string {
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(MARKS, '')
    .replaceAll('ı', 'i')
    .replaceAll('ß', 'ss')
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim();
}

export function hear(text: string | undefined): Heard | undefined {
  if (text === undefined) return undefined;
  const whole = hearWord(text);
  if (whole) return whole;
  const first = text.split(/[\r\n\u2028]+/).find(line => normalise(line.slice(0, LONGEST_WORD)) !== '') ?? '';
  const onFirst = hearWord(first);
  // "Cancel please", new line, "my ticket" is no STOP; "STOP", new line, a signature is one.
  if (onFirst && !spellings(normalise(first)).some(spelling => AMBIGUOUS_WORDS.has(spelling))) return onFirst;
  return isDoubt(normalise(text.slice(0, LONGEST_TEXT))) ? 'doubt' : undefined;
}

/** The whole text and nothing beside it: "yes, but only on Fridays" is a sentence for a person to read. */
export const saysYes = (text: string | undefined): boolean =>
  text !== undefined && text.length <= LONGEST_WORD && spellings(normalise(text)).some(one => YES_WORDS.has(one));

function hearWord(text: string): 'stop' | 'start' | undefined {
  if (text.length > LONGEST_WORD) return undefined;
  for (const spelling of spellings(normalise(text))) {
    if (STOP_WORDS.has(spelling)) return 'stop';
    if (START_WORDS.has(spelling)) return 'start';
  }
  return undefined;
}

/** As it is; without politeness; spelt letter by letter; stretched; said over and over. */
function spellings(word: string): string[] {
  const bare = withoutPoliteness(word);
  const joined = /^\p{L}( \p{L})+$/u.test(bare) ? bare.replaceAll(' ', '') : bare;
  const short = joined.replace(/(\p{L})\1{2,}/gu, '$1');
  const parts = new Set(short.split(' '));
  const once = parts.size === 1 ? [...parts][0]! : short;
  return [...new Set([word, bare, joined, short, once])].filter(spelling => spelling !== '');
}

function withoutPoliteness(word: string): string {
  let bare = word;
  for (let before = ''; before !== bare; ) {
    before = bare;
    for (const polite of POLITE_WORDS) {
      if (bare.startsWith(`${polite} `)) bare = bare.slice(polite.length + 1);
      if (bare.endsWith(` ${polite}`)) bare = bare.slice(0, -polite.length - 1);
    }
  }
  return bare;
}

const isDoubt = (text: string): boolean => DOUBT_WORDS.some(word => ` ${text} `.includes(` ${word} `));

const all = (lists: Readonly<Record<string, readonly string[]>>): string[] =>
  Object.values(lists).flat().map(normalise);
const STOP_WORDS = new Set(all(STOP));
const START_WORDS = new Set(all(START));
const YES_WORDS = new Set(all(YES));
const POLITE_WORDS = all(POLITE);
const DOUBT_WORDS = all(DOUBT);
const AMBIGUOUS_WORDS = new Set(AMBIGUOUS.map(normalise));
