import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryHash, evidenceDigest, FIRST_HASH, type LedgerEntry } from './ledger.ts';

const key = Buffer.alloc(32, 1);
const entry: LedgerEntry = {
  seq: 1,
  contactId: 'c',
  subjects: ['aa'],
  action: 'grant',
  purposes: ['marketing'],
  channels: ['whatsapp'],
  saidBy: 'business',
  actor: 'a',
  source: 'checkout',
  textDigest: null,
  textVersion: null,
  locale: null,
  controller: 'Tickets & Co',
  claimedAt: 0,
  recordedAt: 0,
  evidenceDigest: evidenceDigest(key, { ip: '192.0.2.1' }),
};

test('every field of an entry, its predecessor and the key are in its hash', () => {
  const hash = entryHash(key, FIRST_HASH, entry).toString('hex');
  const changes: Partial<LedgerEntry>[] = [
    { seq: 2 },
    { contactId: 'd' },
    { subjects: [] },
    { actor: 'b' },
    { controller: 'x' },
    { action: 'withdraw' },
    { purposes: [] },
    { channels: ['sms'] },
    { saidBy: 'person' },
    { source: 'x' },
    { textDigest: Buffer.alloc(32) },
    { textVersion: '1' },
    { locale: 'ro' },
    { claimedAt: 1 },
    { recordedAt: 1 },
    { evidenceDigest: evidenceDigest(key, {}) },
  ];
  assert.equal(changes.length, Object.keys(entry).length, 'a new field needs its case here');
  for (const change of changes)
    assert.notEqual(entryHash(key, FIRST_HASH, { ...entry, ...change }).toString('hex'), hash, JSON.stringify(change));
  assert.notEqual(entryHash(Buffer.alloc(32, 2), FIRST_HASH, entry).toString('hex'), hash);
  assert.notEqual(entryHash(key, Buffer.alloc(32, 9), entry).toString('hex'), hash);
});

test('a digest of evidence can’t be looked up without the key', () => {
  assert.notDeepEqual(
    evidenceDigest(key, { ip: '192.0.2.1' }),
    evidenceDigest(Buffer.alloc(32, 2), { ip: '192.0.2.1' }),
  );
});
