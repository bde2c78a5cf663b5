/**
 * Law 9: what a document tells people to type works. The `sh` blocks of the README's first minute and of every guide are
 * run, page by page and in order, by a real shell against a real service on a fresh data folder. A `json` block after a
 * command shows a part of its answer, and is held against it. Only the port is another one.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort, type Service, startService } from '../chaos/service.ts';
import { difference } from './difference.ts';
import { type Block, blocksOf, documents, ROOT, readDocument } from './documents.ts';

const FIRST_MINUTE = 'The first minute';
const PHONE = '+40712345678';
const skip = spawnSync('curl', ['--version']).status === 0 ? false : 'curl is not installed';

const isShell = (block: Block): boolean => block.language === 'sh' || block.language === 'bash';

const PAGES = [
  { path: 'README.md', blocks: blocksOf(readDocument('README.md')).filter(block => block.heading === FIRST_MINUTE) },
  ...documents()
    .filter(document => document.path.startsWith('docs/guide/'))
    .map(document => ({ path: document.path, blocks: blocksOf(document) })),
];

for (const page of PAGES) {
  test(`every command of ${page.path} works as it stands`, { skip, timeout: 110_000 }, async t => {
    assert.ok(page.blocks.filter(isShell).length > 2, 'the commands were not found');
    const folder = await newFolder();
    const data = join(folder, 'data');
    // The README's reader has nothing yet. For the others what the first start makes is made once and copied: the same start,
    // a second time, nine times over, was a twentieth of the whole suite.
    if (page.path !== 'README.md') await copyMould(data);
    const service = await startAt(data);
    try {
      await untilApproved(service);
      await runPage(t, page.blocks, folder, service);
      // A page that empties the phones at its end has looked at them before.
      if (!page.blocks.some(block => block.text.includes('_sandbox/reset'))) await phoneShows(service);
    } finally {
      await service.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
}

let mould: Promise<string> | undefined;

/** With its owners: as root the database belongs to another user. */
async function copyMould(data: string): Promise<void> {
  mould ??= makeMould();
  assert.equal(spawnSync('cp', ['-a', await mould, data]).status, 0);
}

/** A data folder as the first start leaves it. */
async function makeMould(): Promise<string> {
  const data = join(await newFolder(), 'data');
  const service = await startAt(data);
  await untilApproved(service);
  await service.stop();
  return data;
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tidings-docs-'));
  await chmod(folder, 0o711);
  return folder;
}

/** Insists on the sandbox: with a provider in somebody's `.env` the service refuses to start. */
const startAt = async (data: string): Promise<Service> => {
  const env = { TIDINGS_DATA: data, PORT: String(await freePort()), TIDINGS_SANDBOX: 'on' };
  return startService({ ...env, DATABASE_URL: '', TIDINGS_API_KEY: '' });
};
after(async () => {
  const made = await mould;
  if (made) await rm(join(made, '..'), { recursive: true, force: true });
});

/** The sandbox reviews its first templates in the second after the start, faster than anybody types. */
async function untilApproved(service: Service): Promise<void> {
  const headers = { authorization: `Bearer ${service.key}` };
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await fetch(`${service.url}/api/wa/templates/default`, { headers });
    const { data } = (await answer.json()) as { data: { status: string }[] };
    if (data.length > 0 && data.every(template => template.status === 'approved')) return;
    await pause(50);
  }
  throw new Error('the templates of the sandbox were never approved');
}

/** The other end is asked and not the service: the page's messages are on the person's phone. */
async function phoneShows(service: Service): Promise<void> {
  for (let tries = 0; tries < 50; tries += 1) {
    const answer = await fetch(`${service.url}/_sandbox/phones/${PHONE}/messages`);
    const messages = (await answer.json()) as { direction: string; template?: string }[];
    if (messages.some(message => message.direction === 'out' && message.template !== undefined)) return;
    await pause(100);
  }
  assert.fail('the phone shows no message');
}

async function runPage(t: TestContext, blocks: readonly Block[], folder: string, service: Service): Promise<void> {
  // What a block exports is there for the next ones, as in one terminal.
  let exports = '';
  for (const [index, block] of blocks.entries()) {
    if (!isShell(block) || block.notRun) continue;
    const next = blocks[index + 1];
    const shown: unknown = next?.language === 'json' ? JSON.parse(next.text) : undefined;
    const name = `line ${block.line}: ${block.text.split('\n')[0]!.replace(/ \\$/, '')}`;
    await t.test(name, () => untilShown(`${exports}${block.text}`, shown, folder, service, isReading(block)));
    exports += (block.text.match(/^export .*\n/gm) ?? []).join('');
  }
}

/** Looks twice if need be: what is looked at may still be on its way. What changes something is done once. */
const isReading = ({ text }: Block): boolean => !/ -d | -X | tidings -- /.test(text);

async function untilShown(
  script: string,
  shown: unknown,
  folder: string,
  service: Service,
  again: boolean,
): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const { output, statuses, errors, code } = await runShell(script, folder, new URL(service.url).host);
    assert.equal(code, 0, `${output}\n${errors}`);
    assert.deepEqual(
      statuses.filter(status => status < 200 || status > 299),
      [],
      output,
    );
    const wrong = shown === undefined ? undefined : difference(parse(output), shown);
    if (wrong === undefined) return;
    if (!again || tries > 100) assert.fail(`${wrong}\n${output}`);
    await pause(200);
  }
}

function parse(output: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    return output;
  }
}

/**
 * Between the document and what it calls stands only this: each call of curl tells its status on the side, and a 4xx is a
 * failure; the page's folder is no checkout, so `npm run -s tidings --` runs the command of this one.
 */
const SHELL = `set -euo pipefail
curl() { command curl --max-time 20 --fail-with-body --write-out '%{stderr}status %{http_code}\\n' "$@"; }
npm() { [ "$1 $2 $3 $4" = 'run -s tidings --' ]; shift 4; '${process.execPath}' '${join(ROOT, 'bin', 'tidings.mjs')}' "$@"; }
`;

function runShell(script: string, cwd: string, host: string) {
  const child = spawn('bash', ['-c', SHELL + script.replaceAll('localhost:8080', host)], {
    cwd,
    env: { ...process.env, DATABASE_URL: '', TIDINGS_API_KEY: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk;
  });
  return new Promise<{ output: string; errors: string; statuses: number[]; code: number | null }>(resolve => {
    child.once('close', code => {
      const statuses = [...errors.matchAll(/^status (\d+)$/gm)].map(match => Number(match[1]));
      resolve({ output, errors, statuses, code });
    });
  });
}
