/** Twenty ways to tamper with a ledger, and the check that names each. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { alone } from '#db/db.ts';
import { hmacSha256 } from '#lib/hmac.ts';
import { type Anchor, makeAnchor } from '../../src/core/consents/anchor.ts';
import { verifyLedger } from '../../src/core/consents/check.ts';
import { entryHash, FIRST_HASH, type LedgerEntry } from '../../src/core/consents/ledger.ts';
import { type Harness, harness } from '../harness.ts';
import { optIn, phoneOf } from '../make.ts';

let h: Harness;
/** Half of the entries are anchored twice over: in the middle and at the end. */
let anchors: readonly Anchor[];
before(async () => {
  h = await harness({ templates: false });
  const fill = async (from: number) => {
    for (let index = from; index < from + 10; index += 1)
      await h.post('/api/wa/optin', optIn(phoneOf(index), { ip: '192.0.2.1', purposes: ['marketing'] }));
    await h.app.workers.find(worker => worker.name === 'anchors')!.tick();
  };
  await fill(0);
  await fill(10);
  anchors = [...h.anchors];
});
after(() => h.close());

const verify = (given = anchors) => verifyLedger(h.app.core, h.tenant, given);

test('a ledger as it was written verifies, with its anchors and without', async () => {
  assert.deepEqual(await verify(), { entries: 20, anchors: 2, flaw: undefined });
  assert.equal((await verify([])).flaw, undefined);
});

/** As the owner of the database, past every guard of the program; undone afterwards. */
async function tampered(sql: string, given = anchors) {
  await h.sql.query('begin');
  try {
    // The check reads by connections of its own, so what it reads has to be committed.
    await h.sql.query('commit');
    await h.sql.query(
      'create table before_event as select * from consent_event; create table before_head as select * from consent_head; create table before_text as select * from consent_text',
    );
    await h.sql.query(sql);
    return (await verify(given)).flaw;
  } finally {
    await h.sql.query(
      'truncate consent_event, consent_head, consent_text; insert into consent_event select * from before_event; insert into consent_head select * from before_head; insert into consent_text select * from before_text; drop table before_event, before_head, before_text',
    );
  }
}

const BYTE = 'set_byte(hash, 5, (get_byte(hash, 5) + 1) % 256)';
const TAMPERS: readonly (readonly [what: string, sql: string, seq: number, flaw: RegExp])[] = [
  ['a byte of a hash', `update consent_event set hash = ${BYTE} where seq = 7`, 7, /was changed/],
  [
    'a byte of the link',
    'update consent_event set prev_hash = set_byte(prev_hash, 0, (get_byte(prev_hash, 0) + 1) % 256) where seq = 7',
    7,
    /does not follow/,
  ],
  ['the action', "update consent_event set action = 'withdraw' where seq = 5", 5, /was changed/],
  ['the purposes', "update consent_event set purposes = '{marketing,transactional}' where seq = 5", 5, /was changed/],
  ['the channels', "update consent_event set channels = '{whatsapp,sms}' where seq = 5", 5, /was changed/],
  [
    'whose consent it is',
    'update consent_event set contact_id = (select contact_id from consent_event where seq = 9) where seq = 8',
    8,
    /was changed/,
  ],
  ['by whom the person was known', "update consent_event set subjects = '{}' where seq = 8", 8, /was changed/],
  ['who said it', "update consent_event set said_by = 'person' where seq = 3", 3, /was changed/],
  ['who wrote it down', "update consent_event set actor = 'nobody' where seq = 3", 3, /was changed/],
  ['the source', "update consent_event set source = 'settings' where seq = 3", 3, /was changed/],
  ['the business that was named', "update consent_event set controller = 'Another' where seq = 3", 3, /was changed/],
  [
    'the time, by a second',
    "update consent_event set claimed_at = claimed_at - interval '1 second' where seq = 4",
    4,
    /was changed/,
  ],
  [
    'the evidence',
    "update consent_event set evidence = jsonb_set(evidence, '{ip}', '\"192.0.2.9\"') where seq = 6",
    6,
    /evidence of the entry was changed/,
  ],
  [
    'evidence that vanished without an erasure',
    'update consent_event set evidence = \'{"erased": true}\' where seq = 6',
    6,
    /no erasure explains/,
  ],
  ['the text that was shown', "update consent_text set body = body || '!'", 1, /text that was shown/],
  ['an entry taken out', 'delete from consent_event where seq = 9', 9, /missing/],
  [
    'two entries in each other’s place',
    'update consent_event set seq = case seq when 11 then 1012 else 1011 end where seq in (11, 12); update consent_event set seq = seq - 1000 where seq > 1000',
    11,
    /does not follow|was changed/,
  ],
  ['the tail cut off', 'delete from consent_event where seq > 15', 16, /ends here/],
  [
    'the tail cut off, and the head with it',
    'delete from consent_event where seq > 15; update consent_head set (seq, hash) = (select seq, hash from consent_event where seq = 15)',
    16,
    /cut off/,
  ],
];

for (const [what, sql, seq, flaw] of TAMPERS) {
  test(`named: ${what}`, async () => {
    const found = await tampered(sql);
    assert.equal(found?.seq, seq);
    assert.match(found.flaw, flaw);
  });
}

test('named: a chain stamped anew with the ledger’s own key', async () => {
  const key = await h.app.core.keys.key(alone(h.app.core.db, h.tenant), h.tenant, 'ledger');
  const { rows } = await h.sql.query('select * from consent_event order by seq');
  let hash: Buffer = FIRST_HASH;
  const restamped = rows.map(row => {
    const entry: LedgerEntry = {
      ...{ seq: Number(row.seq), contactId: row.contact_id, subjects: row.subjects, action: row.action },
      ...{ purposes: row.purposes, channels: row.channels, saidBy: row.said_by, actor: row.actor },
      source: Number(row.seq) === 6 ? 'forged' : row.source,
      ...{ textDigest: row.text_digest, textVersion: row.text_version, locale: row.locale, controller: row.controller },
      ...{
        claimedAt: row.claimed_at.getTime(),
        recordedAt: row.recorded_at.getTime(),
        evidenceDigest: row.evidence_digest,
      },
    };
    const before = hash;
    hash = entryHash(key, before, entry);
    return `update consent_event set source = '${entry.source}', prev_hash = '\\x${before.toString('hex')}', hash = '\\x${hash.toString('hex')}' where seq = ${entry.seq}`;
  });
  const sql = `${restamped.join(';')}; update consent_head set hash = '\\x${hash.toString('hex')}'`;
  assert.equal(await tampered(sql, []), undefined, 'the chain alone can’t tell');
  const found = await tampered(sql);
  assert.equal(found?.seq, 10, 'the first anchored entry after it');
  assert.match(found.flaw, /stamped anew/);
});

test('an anchor that was changed is named, and one signed with another key is none', async () => {
  const [first, second] = anchors as [Anchor, Anchor];
  assert.match((await verify([{ ...first, seq: 5 }, second])).flaw!.flaw, /anchor of entry 5 was changed/);
  const { mac: _, ...rest } = second;
  assert.match((await verify([makeAnchor(hmacSha256('x', 'y'), rest)])).flaw!.flaw, /was changed/);
});

test('the program itself may not rewrite the ledger', async () => {
  for (const change of [
    "set source = 'x'",
    "set action = 'grant'",
    'set hash = hash',
    'set evidence_digest = evidence_digest',
  ])
    await assert.rejects(h.sql.query(`set role tidings_app; update consent_event ${change}`), /permission denied/);
  await h.sql.query('reset role');
});
