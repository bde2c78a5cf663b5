/** WhatsApp's own mark-up (*bold*, _italic_, ~strike~, ```mono```) and links, as nodes: never as HTML. */
import { element } from './dom.js';

const MONO = /```([\s\S]+?)```|`([^`\n]+)`/;
const LINK = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]']/;
/** a mark counts at the edge of a word, as on the phone: 2*3*4 stays what it is */
const MARKED = /(?<![\p{L}\p{N}])([*_~])(?=\S)([^\n]*?\S)\1(?![\p{L}\p{N}])/u;

const TAGS = { '*': 'strong', _: 'em', '~': 's' };

export function richText(text) {
  return split(text, MONO, found => element('code', {}, found[1] ?? found[2]), withoutMono);
}

function withoutMono(text) {
  return split(text, LINK, found => link(found[0]), withoutLinks);
}

function withoutLinks(text) {
  return split(
    text,
    MARKED,
    found => element(TAGS[found[1]], {}, withoutLinks(found[2])),
    plain => [plain],
  );
}

function link(address) {
  return element('a', { href: address, target: '_blank', rel: 'noreferrer noopener' }, address);
}

/** what the pattern finds becomes a node, what lies between goes on to the next kind */
function split(text, pattern, toNode, rest) {
  const nodes = [];
  let remaining = text;
  for (;;) {
    const found = pattern.exec(remaining);
    if (!found) break;
    if (found.index > 0) nodes.push(...rest(remaining.slice(0, found.index)));
    nodes.push(toNode(found));
    remaining = remaining.slice(found.index + found[0].length);
  }
  if (remaining !== '') nodes.push(...rest(remaining));
  return nodes;
}

/** for the screen reader and for lists: the words without the marks */
export function plainText(text) {
  return richText(text)
    .map(node => (typeof node === 'string' ? node : node.textContent))
    .join('');
}
