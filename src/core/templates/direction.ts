/**
 * Values in another direction than the text around them. A Hebrew name before ", 12 tickets" carries the number to its
 * other side: numbers and punctuation have no direction of their own and follow the word before them. Where that would
 * happen the value is put into an isolate, two invisible characters that phones obey. Nowhere else, since whoever copies
 * a name out of a message copies them too. Pure.
 */
import { replaceVariables } from './text.ts';

const ISOLATE = '\u2068';
const POP = '\u2069';
const CONTROLS = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/;
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
/** Of all letters the others: those of every other script go from left to right. */
const LEFT_TO_RIGHT = /(?![\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}])\p{L}/u;

/** Stands for the variable in question while the text around it is looked at; \\ue002 for the others. */
const HERE = /\ue001/g;

/** The values as they stand in this text. */
export const isolateIn = (text: string, values: ReadonlyMap<string, string>): Map<string, string> =>
  new Map([...values].map(([name, value]) => [name, turns(text, name, value) ? isolate(value) : value]));

function turns(text: string, name: string, value: string): boolean {
  // Whatever turns a line around on purpose is kept to itself, wherever it stands.
  if (CONTROLS.test(value)) return true;
  const around = replaceVariables(text, found => (found.name === name ? '\ue001' : '\ue002'));
  const opposite = startsRightToLeft(around) ? LEFT_TO_RIGHT : RIGHT_TO_LEFT;
  if (!opposite.test(value)) return false;
  return around.split('\n').some(line => [...line.matchAll(HERE)].some(({ index }) => carries(line, index)));
}

/** Whether what stands at this place takes its neighbours along. */
function carries(line: string, index: number): boolean {
  const [before, after] = [line.slice(0, index), line.slice(index + 1)];
  // A line takes its direction from its first letter, which must not be the value's.
  if (!/\p{L}/u.test(before) && /[\p{L}\p{N}\ue001\ue002]/u.test(after)) return true;
  return /^[^\p{L}]*[\p{Nd}\ue001\ue002]/u.test(after);
}

const startsRightToLeft = (text: string): boolean => RIGHT_TO_LEFT.test(/\p{L}/u.exec(text)?.[0] ?? '');

/** What the value opens is closed within it, and what it never opened can't end ours. */
function isolate(value: string): string {
  let open = 0;
  let balanced = '';
  for (const character of value) {
    if (/[\u2066-\u2068]/.test(character)) open += 1;
    if (character !== POP) balanced += character;
    else if (open > 0) {
      open -= 1;
      balanced += character;
    }
  }
  return ISOLATE + balanced + POP.repeat(open + 1);
}
