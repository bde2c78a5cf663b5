import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Emulator, startEmulator } from './server.ts';
import { plainAccount, plainPlatform } from './testing.ts';

let emulator: Emulator;
before(async () => {
  emulator = await startEmulator({ parts: [plainPlatform], accounts: [plainAccount(undefined)] });
});
after(() => emulator.close());

async function text(path: string): Promise<string> {
  const response = await fetch(emulator.url + path);
  assert.equal(response.status, 200, path);
  return response.text();
}

test('the page has no inline script or style, and all it refers to is served', async () => {
  const html = await text('/_sandbox');
  assert.doesNotMatch(html, /<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=/);
  const files = [...html.matchAll(/(?:src|href)="(\/_sandbox\/[^"]+)"/g)].map(found => found[1] as string);
  assert.ok(files.length >= 5);
  const seen = new Set<string>();
  while (files.length > 0) {
    const file = files.pop() as string;
    if (seen.has(file)) continue;
    seen.add(file);
    const source = await text(file);
    for (const found of source.matchAll(/from '(\.[^']+)'/g)) {
      files.push(new URL(found[1] as string, `http://page${file}`).pathname);
    }
  }
  assert.ok(seen.has('/_sandbox/page/rich-text.js'));
});

test('the page forbids itself everything from elsewhere', async () => {
  const policy = (await fetch(`${emulator.url}/_sandbox`)).headers.get('content-security-policy');
  assert.match(policy ?? '', /default-src 'self'/);
});

test('every text of the page exists in every language', async () => {
  type Texts = Record<string, unknown>;
  const { LANGUAGES } = (await import(new URL('./page/texts.js', import.meta.url).href)) as {
    LANGUAGES: Record<string, Texts>;
  };
  const shape = (texts: Texts) =>
    Object.entries(texts).map(([name, value]) => [
      name,
      typeof value === 'object' && value ? Object.keys(value) : typeof value,
    ]);
  const [first, ...others] = Object.values(LANGUAGES);
  assert.ok(first && others.length > 0);
  for (const other of others) assert.deepEqual(shape(other), shape(first));
});
