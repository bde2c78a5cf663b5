/**
 * Twilio's variables are numbers; ours have names, or stand on a button. Numbered when a template is handed in and again
 * with each message, from what is known there, so the order is fixed here: the names of header and body in the order of
 * their appearance, once each; the path of the header's file; then one for each button that is told something.
 */
import type { TemplateContent } from '#core/provider.ts';

export const AUTHENTICATION_VARIABLE = '1';

/** One number for each name, however often it appears. */
export function numbersOf(names: readonly string[]): Map<string, string> {
  return new Map([...new Set(names)].map((name, index) => [name, String(index + 1)]));
}

/** What of a file's address is fixed, up to the slash behind the host, and what is not. */
export function splitLink(link: string): [origin: string, path: string] | undefined {
  const found = /^(https:\/\/[^/{}?#\s]+\/)(.*)$/s.exec(link);
  return found ? [found[1]!, found[2]!] : undefined;
}

/** What `ContentVariables` says. A variable that is left out is filled with its sample, in silence: none is. */
export function variablesOf({ header, body, media, buttons = [] }: TemplateContent): Record<string, string> {
  const values = [...header, ...body];
  const numbers = numbersOf(values.map(value => value.name));
  const variables = Object.fromEntries(values.map(({ name, value }) => [numbers.get(name)!, value]));
  const add = (value: string) => {
    variables[String(Object.keys(variables).length + 1)] = value;
  };
  if (media && media.format !== 'location') add(splitLink(media.link)?.[1] ?? media.link);
  // The code of an authentication template is a value of its body already.
  for (const { type, value } of buttons) if (type !== 'otp' && value !== undefined) add(value);
  return variables;
}
