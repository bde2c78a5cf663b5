/**
 * WhatsApp's mark-up (*bold*, _italics_, ~strike~, `mono`, ```blocks```) and links, read as the phones read it: over the
 * whole text after the variables were filled, so that a value with a star in it is shown here as it is shown there.
 */
export interface Run {
  text: string;
  bold?: true;
  italic?: true;
  strike?: true;
  mono?: true;
  link?: string;
}

type Style = Omit<Run, 'text'>;

const MONO = /```([\s\S]+?)```|`([^`\n]+)`/g;
const LINK = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]'*_~]/g;
/** A mark counts at the edge of a word, as on the phone: 2*3*4 stays what it is. */
const MARKED = /(?<![\p{L}\p{N}])([*_~])(?=\S)([^\n]*?\S)\1(?![\p{L}\p{N}])/u;
const STYLES: Readonly<Record<string, Style>> = { '*': { bold: true }, _: { italic: true }, '~': { strike: true } };

export function markup(text: string): Run[] {
  const runs: Run[] = [];
  let at = 0;
  for (const found of text.matchAll(MONO)) {
    runs.push(...marked(text.slice(at, found.index)));
    runs.push({ text: (found[1] ?? found[2])!, mono: true });
    at = found.index + found[0].length;
  }
  return [...runs, ...marked(text.slice(at))];
}

/** Stands for a link while marks are looked for: the underscores of an address are no italics. */
const MASK = '\ue000';

function marked(text: string): Run[] {
  const masked = text.replace(LINK, link => MASK.repeat(link.length));
  return styled(text, masked, {});
}

function styled(text: string, masked: string, style: Style): Run[] {
  const found = MARKED.exec(masked);
  if (!found) return linked(text, style);
  const [whole, mark, inner] = found as unknown as [string, string, string];
  const from = found.index + 1;
  const after = found.index + whole.length;
  return [
    ...linked(text.slice(0, found.index), style),
    ...styled(text.slice(from, from + inner.length), inner, { ...style, ...STYLES[mark] }),
    ...styled(text.slice(after), masked.slice(after), style),
  ];
}

function linked(text: string, style: Style): Run[] {
  const runs: Run[] = [];
  let at = 0;
  for (const found of text.matchAll(LINK)) {
    if (found.index > at) runs.push({ text: text.slice(at, found.index), ...style });
    runs.push({ text: found[0], ...style, link: found[0] });
    at = found.index + found[0].length;
  }
  return at < text.length ? [...runs, { text: text.slice(at), ...style }] : runs;
}

/** The words without their marks: for screen readers and lists. */
export const wordsOf = (text: string): string =>
  markup(text)
    .map(run => run.text)
    .join('');
