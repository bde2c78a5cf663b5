import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { LedgerEvent } from './ledger-events.ts';
import { LedgerFile } from './ledger-file.ts';
import { newLedgerFile } from './testing.ts';

function clockEvent(offset_ms: number): LedgerEvent {
  return { kind: 'clock', offset_ms };
}

function replay(path: string): LedgerEvent[] {
  const events: LedgerEvent[] = [];
  const ledger = new LedgerFile(path);
  ledger.replay(event => events.push(event));
  ledger.abandon();
  return events;
}

test('a durable line is in the file when its promise resolves', async () => {
  const path = newLedgerFile();
  const ledger = new LedgerFile(path);
  ledger.append(clockEvent(1));
  await Promise.all([ledger.appendDurably(clockEvent(2)), ledger.appendDurably(clockEvent(3))]);
  assert.equal(readFileSync(path, 'utf8').split('\n').length, 4);
  await ledger.close();
});

test('with the sync flag it is on the disk as well', async () => {
  const path = newLedgerFile();
  const ledger = new LedgerFile(path, { sync: true });
  await Promise.all([1, 2, 3].map(value => ledger.appendDurably(clockEvent(value))));
  await ledger.close();
  assert.deepEqual(replay(path), [clockEvent(1), clockEvent(2), clockEvent(3)]);
});

test('a kill loses only what nobody was told of', async () => {
  const path = newLedgerFile();
  const ledger = new LedgerFile(path);
  await ledger.appendDurably(clockEvent(1));
  ledger.append(clockEvent(2));
  ledger.abandon();
  assert.deepEqual(replay(path), [clockEvent(1)]);
});

test('a line that a crash tore is cut off, and the next start continues cleanly', async () => {
  const path = newLedgerFile();
  writeFileSync(path, `${JSON.stringify(clockEvent(1))}\n{"kind":"clock","off`);
  const ledger = new LedgerFile(path);
  ledger.replay(() => {});
  await ledger.appendDurably(clockEvent(2));
  await ledger.close();
  assert.deepEqual(replay(path), [clockEvent(1), clockEvent(2)]);
});

test('a damaged line in the middle stops the start and is named', () => {
  const path = newLedgerFile();
  writeFileSync(path, `${JSON.stringify(clockEvent(1))}\n`);
  appendFileSync(path, `garbage\n${JSON.stringify(clockEvent(2))}\n`);
  assert.throws(() => replay(path), /damaged at line 2/);
});

test('lines longer than a read come back whole', async () => {
  const path = newLedgerFile();
  const ledger = new LedgerFile(path);
  const body = 'ă'.repeat(1_500_000);
  const long: LedgerEvent = { kind: 'webhook', id: 'w', provider: 'plain', number: 'n', body };
  await ledger.appendDurably(long);
  await ledger.appendDurably(clockEvent(2));
  await ledger.close();
  assert.deepEqual(replay(path), [long, clockEvent(2)]);
});
