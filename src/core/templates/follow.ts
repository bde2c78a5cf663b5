/** Our text after the provider has shown another one. Pure. */
import type { HeaderMedia, TemplateButton, TemplateText } from './parts.ts';
import { splitAddress } from './render.ts';
import { replaceVariables, variablesIn } from './text.ts';

/** A header that is not told of (`media` undefined, no text) is the one that we know. */
export type ShownParts = Pick<TemplateText, 'header' | 'media' | 'body' | 'footer' | 'buttons'>;

/**
 * What is ours alone is taken over from the text that we had: a fallback by the name of its variable, a payload by the
 * words on its button, a link by the kind of its header.
 */
export function followParts<T extends TemplateText>(ours: T, theirs: ShownParts): T {
  const keep = (text: string, before: string | null) => {
    const fallbacks = new Map(variablesIn(before).map(({ name, fallback }) => [name, fallback]));
    return replaceVariables(text, ({ name }) => {
      const fallback = fallbacks.get(name);
      return fallback === undefined ? `{${name}}` : `{${name}|${fallback}}`;
    });
  };
  return {
    ...ours,
    header: theirs.header === null ? null : keep(theirs.header, ours.header),
    media: theirs.header === null ? followMedia(ours.media ?? null, theirs.media) : null,
    // The texts of authentication are the platform's, and ours only stand for them.
    ...(ours.authentication ? {} : { body: keep(theirs.body, ours.body), footer: theirs.footer }),
    ...(theirs.buttons
      ? { buttons: theirs.buttons.map((button, index) => followButton(ours.buttons ?? [], button, index)) }
      : {}),
  };
}

const followMedia = (ours: HeaderMedia | null, theirs: HeaderMedia | null | undefined): HeaderMedia | null =>
  theirs === undefined || theirs?.format === ours?.format ? ours : theirs;

const wordsOn = (button: TemplateButton): string => ('text' in button ? button.text : button.type);

function followButton(ours: readonly TemplateButton[], theirs: TemplateButton, index: number): TemplateButton {
  const alike = ours.filter(button => button.type === theirs.type);
  const known =
    alike.find(button => wordsOn(button) === wordsOn(theirs)) ?? alike.find(button => button === ours[index]);
  if (!known) return theirs;
  if (theirs.type === 'quick_reply' && known.type === 'quick_reply') return { ...theirs, payload: known.payload };
  if (theirs.type === 'url' && known.type === 'url') return followAddress(known, theirs);
  return 'text' in theirs ? ({ ...known, text: theirs.text } as TemplateButton) : known;
}

type UrlButton = Extract<TemplateButton, { type: 'url' }>;

/** The provider has no name for the variable of an address: where the address is the same, ours stays. */
function followAddress(ours: UrlButton, theirs: UrlButton): UrlButton {
  const [ourBeginning, ourVariable] = splitAddress(ours.url);
  const [beginning, variable] = splitAddress(theirs.url);
  const same = ourBeginning === beginning && (ourVariable === undefined) === (variable === undefined);
  return same ? { ...ours, text: theirs.text } : theirs;
}
