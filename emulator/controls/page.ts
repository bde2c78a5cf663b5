/** The page with the phones: a few static files, read once. No inline script or style, so the strictest policy holds. */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';

/** Named one by one: nothing of a request's path ever reaches the disk. */
const FILES: Record<string, string> = {
  '': 'index.html',
  'page.js': 'page.js',
  'page.css': 'page.css',
  ...Object.fromEntries(
    [
      'api.js',
      'bubble.js',
      'dialogs.js',
      'dom.js',
      'empty-table.js',
      'phone-parts.js',
      'phone-view.js',
      'rich-text.js',
      'texts.js',
      'tools.js',
    ]
      .concat('chat.css', 'dialogs.css', 'icon.svg', 'phone.css')
      .map(name => [`page/${name}`, name]),
  ),
};

const TYPES: Record<string, string> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Read when they are first asked for: an emulator in a benchmark never is. */
const read = new Map<string, Buffer>();

export function servePage(path: string, response: ServerResponse): boolean {
  const file = FILES[path];
  if (file === undefined) return false;
  let bytes = read.get(file);
  if (!bytes) {
    bytes = readFileSync(new URL(`../page/${file}`, import.meta.url));
    read.set(file, bytes);
  }
  response.writeHead(200, {
    'content-type': TYPES[file.slice(file.lastIndexOf('.') + 1)],
    'content-length': bytes.length,
    // Asked for again each time: the page of another version may have answered at this address before.
    'cache-control': 'no-cache',
    'content-security-policy': "default-src 'self'; img-src 'self' data:; frame-ancestors 'self'; base-uri 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  });
  response.end(bytes);
  return true;
}
