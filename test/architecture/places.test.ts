/** Laws 2 and 3: names of providers and verticals, and what is banned by place, judged on the syntax tree. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { providers, verticals } from '../../src/app.ts';
import { BANS, banComplaints } from './banned.ts';
import { type Ids, quotedIdComplaints } from './quoted-ids.ts';
import { readSource, repositorySources } from './sources.ts';

const folders = (place: string) =>
  readdirSync(new URL(`../../src/${place}/`, import.meta.url), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => entry.name);
const ids: Ids = { providers: folders('providers'), verticals: folders('verticals') };

test('a provider’s or a vertical’s id is quoted only in its folder, the composition root and the configuration', () => {
  const judged = repositorySources().filter(source => /^(src|emulator|sdk|dashboard)\//.test(source.path));
  assert.deepEqual(
    judged.flatMap(source => quotedIdComplaints(source, ids)),
    [],
  );
});

test('providers and verticals are called like their folders, and each folder is in use', () => {
  assert.deepEqual(providers.map(provider => provider.id).sort(), ids.providers.toSorted());
  assert.deepEqual(verticals.map(vertical => vertical.id).sort(), ids.verticals.toSorted());
});

test('what has one home is nowhere else', () => {
  assert.deepEqual(repositorySources().flatMap(banComplaints), []);
});

const banned = (text: string, path = 'src/core/stats/stats.ts') => banComplaints(readSource(path, text)).length;

const CAUGHT: Readonly<Record<string, readonly string[]>> = {
  'the environment': [
    'process.env.PORT;',
    "process['env'];",
    'const { env } = process;',
    'const { pid, ...rest } = process;',
    'const same = process;',
    'globalThis.process.env;',
    "import { env } from 'node:process';",
  ],
  'the system’s clock': [
    'new Date();',
    'Date.now();',
    'const now = Date.now;',
    'const Clock = Date;',
    'Date();',
    'globalThis.Date.now();',
    "import { Temporal } from 'temporal-polyfill'; Temporal.Now.instant();",
  ],
  'the network': [
    'fetch("https://a.example");',
    'globalThis.fetch("https://a.example");',
    'const call = fetch;',
    "import { request } from 'undici';",
    "import http from 'node:https';",
    "const { connect } = await import('node:net');",
    'new WebSocket("wss://a.example");',
  ],
  'queries and the driver': ["client.query('select 1');", 'client["query"]("select 1");', "import pg from 'pg';"],
  Intl: ['new Intl.NumberFormat();', 'value.toLocaleString();', 'const { DateTimeFormat } = Intl;'],
  'the console': ['console.log(1);', 'const { log } = console;'],
  'a timer': ['setTimeout(work, 10);', 'const later = setImmediate;', 'AbortSignal.timeout(5);'],
  'node:timers': ["import { setTimeout as pause } from 'node:timers/promises';"],
  '`any`': ['const a = b as any;', 'const a = <any>b;'],
  'silencing the type checker': [
    '// @ts-ignore\nwrong();',
    '/* @ts-nocheck */',
    '// @ts-expect-error: later\nwrong();',
  ],
};

test('the control: every ban has its controls', () => {
  assert.deepEqual(Object.keys(CAUGHT).sort(), BANS.map(ban => ban.what).sort());
});

for (const [what, snippets] of Object.entries(CAUGHT)) {
  for (const snippet of snippets) {
    test(`the control: ${what} is caught in «${snippet.replace('\n', ' ')}»`, () => {
      const complaints = banComplaints(readSource('src/core/stats/stats.ts', snippet));
      assert.ok(
        complaints.some(complaint => complaint.includes(` ${what} is at home`)),
        complaints.join('\n'),
      );
    });
  }
}

test('the control: what only looks like it is let through', () => {
  const harmless = [
    '// process.env and fetch( in a comment',
    "const sentence = 'console.log(new Date())';",
    'const { query } = request; request.query;',
    'const at = Date.UTC(2026, 1, 1); const day: Date | undefined = undefined; type F = typeof fetch;',
    'function send(fetch: () => void) { fetch(); }',
    'const o = { fetch: 1, console: 2 }; o.fetch; o.console;',
    "import type { IncomingMessage } from 'node:http'; import { isIP } from 'node:net'; import type { ClientConfig } from 'pg';",
    'process.exitCode = 1; const { platform } = process;',
    "import { createServer } from 'node:http';",
    'const any = 1; const value = any as unknown;',
  ];
  for (const text of harmless) assert.equal(banned(text), 0, text);
});

test('the control: at home it is allowed, and tests may look behind the curtain but not silence the checker', () => {
  assert.equal(banned('process.env;', 'src/config.ts'), 0);
  assert.equal(banned('Date.now();', 'src/lib/clock.ts'), 0);
  assert.equal(banned("client.query('x');", 'src/db/db.ts'), 0);
  assert.equal(banned('console.log(1);', 'src/cli/start.ts'), 0);
  assert.equal(banned('fetch("x"); setTimeout(f, 1);', 'src/core/stats/stats.test.ts'), 0);
  assert.equal(banned('a as any;', 'src/core/stats/stats.test.ts'), 1);
  assert.equal(banned('Date.now();', 'src/lib/clock-face.ts'), 1, 'a home is a file and not the beginning of its name');
});

const quoted = (text: string, path = 'src/core/messages/send.ts') =>
  quotedIdComplaints(readSource(path, text), { providers: ['meta', 'sms-sns'], verticals: ['events', 'queue'] }).length;

test('the control: ids in quotes are caught where they are used as ids', () => {
  for (const text of [
    "if (sender.provider === 'meta') retry();",
    "const choice = providers.get('sms-sns');",
    "switch (id) { case 'meta': }",
    'const p = `meta`;',
    "const sql = `select from sender where provider = 'meta' and ${more}`;",
    "if (command.origin === 'events') skip();",
    "verticals.get('queue');",
    "send({ origin: 'queue' });",
    "switch (row.vertical) { case 'events': }",
    "const sql = `where origin = 'events'`;",
  ])
    assert.equal(quoted(text), 1, text);
});

test('the control: common words, examples and homes are let through', () => {
  for (const text of [
    "const decision = { outcome: 'queue' };",
    "if (path === 'events') listen();",
    "export const exampleMessage = { provider: 'meta' };",
    "const schema = string({ example: 'meta' });",
    "const tag = '<meta charset>';",
    "// 'meta' in a comment",
  ])
    assert.equal(quoted(text), 0, text);
  assert.equal(quoted("const id = 'meta';", 'src/providers/meta/index.ts'), 0);
  assert.equal(quoted("const id = 'meta';", 'src/providers/sms-sns/index.ts'), 1);
  assert.equal(quoted("const id = 'meta';", 'src/config.ts'), 0);
  assert.equal(quoted("const id = 'meta';", 'src/core/messages/send.test.ts'), 0);
});
