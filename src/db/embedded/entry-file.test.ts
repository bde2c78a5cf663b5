/** bin/tidings.mjs, beside a main.ts that only says what it was given. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { atEnd, temporaryFolder } from './running-tidings.ts';

const MAIN = `export async function main(argv: string[]): Promise<number | undefined> {
  if (argv[0] === 'wait') {
    for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) {
      process.on(signal, () => {
        console.log(signal);
        if (signal === 'SIGTERM') process.exit(7);
      });
    }
    setInterval(() => {}, 1000);
  }
  console.log(JSON.stringify({ argv, newEnough: Number(process.versions.node.split('.')[0]) >= 24 }));
  if (argv[0] === 'die') process.kill(process.pid, 'SIGKILL');
  if (argv[0] === 'fail') throw new Error('on purpose');
  return argv[0] === 'wait' ? undefined : Number(argv[0] ?? 0);
}`;

const oldNode = ['/usr/bin/node', '/usr/local/bin/node'].find(path => {
  const version = spawnSync(path, ['--version']).stdout?.toString() ?? '';
  return /^v(1\d|2[0-3])\./.test(version);
});
const needsOldNode = { skip: oldNode ? false : 'no Node older than 24 on this machine' };

function install(t: TestContext, modules: 'with the pinned Node' | 'bare'): string {
  const root = join(temporaryFolder(t), 'a folder');
  mkdirSync(join(root, 'src', 'cli'), { recursive: true });
  writeFileSync(join(root, 'src', 'cli', 'main.ts'), MAIN);
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  cpSync(fileURLToPath(new URL('../../../bin/', import.meta.url)), join(root, 'bin'), { recursive: true });
  if (modules === 'with the pinned Node') {
    const bin = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin');
    mkdirSync(bin, { recursive: true });
    symlinkSync(process.execPath, join(bin, 'node'));
  }
  return join(root, 'bin', 'tidings.mjs');
}

test('on a new enough Node it runs there, and the result of main is the exit code', t => {
  const entry = install(t, 'bare');
  const run = spawnSync(process.execPath, [entry, '3', 'a b'], { cwd: '/', encoding: 'utf8' });
  assert.equal(run.stdout, '{"argv":["3","a b"],"newEnough":true}\n');
  assert.equal(run.status, 3);
  const failed = spawnSync(process.execPath, [entry, 'fail'], { encoding: 'utf8' });
  assert.match(failed.stderr, /on purpose/);
  assert.equal(failed.status, 1);
});

test('an old Node hands over to the pinned one: same arguments, exit code and signal', needsOldNode, t => {
  const entry = install(t, 'with the pinned Node');
  const link = join(dirname(entry), 'linked');
  symlinkSync(entry, link);
  // As a program, too: then the first `node` in PATH is the old one.
  for (const command of [[oldNode!, entry], [entry], [link]]) {
    const env = { PATH: `${dirname(oldNode!)}:/bin` };
    const run = spawnSync(command[0]!, [...command.slice(1), '3', 'a b'], { cwd: '/', encoding: 'utf8', env });
    assert.equal(run.stdout, '{"argv":["3","a b"],"newEnough":true}\n');
    assert.equal(run.status, 3);
  }
  assert.equal(spawnSync(oldNode!, [entry, 'die']).signal, 'SIGKILL');
});

test('signals pass through an old Node once each', needsOldNode, async t => {
  // A session of its own: without a terminal in front, as under a service manager.
  const child = spawn(oldNode!, [install(t, 'with the pinned Node'), 'wait'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  atEnd(t, () => child.kill('SIGKILL'));
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    printed += chunk;
  });
  const printedLines = async (lines: number) => {
    while (printed.trim().split('\n').length < lines || printed === '') await once(child.stdout, 'data');
  };
  await printedLines(1);
  for (const [index, signal] of (['SIGINT', 'SIGHUP'] as const).entries()) {
    child.kill(signal);
    await printedLines(index + 2);
  }
  child.kill('SIGTERM');
  const [code] = await once(child, 'close');
  assert.equal(code, 7);
  assert.deepEqual(printed.trim().split('\n').slice(1), ['SIGINT', 'SIGHUP', 'SIGTERM']);
});

test('when the shell that npm start puts in between is terminated, Tidings takes it as meant for itself', async t => {
  const script = '"$0" "$1" wait; echo the shell lives';
  const shell = spawn('/bin/sh', ['-c', script, process.execPath, install(t, 'bare')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { npm_lifecycle_event: 'start' },
  });
  let printed = '';
  shell.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    printed += chunk;
    if (chunk.includes('argv')) shell.kill('SIGTERM');
  });
  // The pipe closes with its last writer: that is Tidings.
  await once(shell.stdout, 'close');
  assert.deepEqual(printed.trim().split('\n').slice(1), ['SIGTERM']);
});

test('an old Node without a pinned one says in one line what is needed', needsOldNode, t => {
  const entry = install(t, 'bare');
  assert.ok(!existsSync(join(dirname(entry), '..', 'node_modules')));
  const run = spawnSync(oldNode!, [entry, 'start'], { encoding: 'utf8' });
  assert.match(run.stderr, /^tidings needs Node 24\.11 or later; this is v\d+[^\n]*npm ci[^\n]*\n$/);
  assert.equal(run.status, 1);
});
