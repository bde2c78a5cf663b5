/**
 * A message's runs (text with its marks, as src/lib/markup.ts reads them) as nodes: never as HTML. The marks are read once,
 * by the emulator, so that this page and a preview of the service can't differ.
 */
import { element } from './dom.js';

/** From the outside in. */
const TAGS = { bold: 'strong', italic: 'em', strike: 's', mono: 'code' };

export function richText(runs) {
  return runs.map(run => {
    let node = run.link
      ? element('a', { href: run.link, target: '_blank', rel: 'noreferrer noopener' }, run.text)
      : run.text;
    for (const [mark, tag] of Object.entries(TAGS).reverse()) if (run[mark]) node = element(tag, {}, node);
    return node;
  });
}

/** for the screen reader and for lists: the words without the marks */
export const plainText = runs => runs.map(run => run.text).join('');
