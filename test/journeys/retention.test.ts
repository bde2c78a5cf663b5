/** What was promised for a time is kept for that time and then goes, and never while somebody still needs it. */
import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { DAY_MS, utcDay } from '#lib/clock.ts';
import { firstIdAt } from '#lib/id.ts';
import { INBOX_DAYS } from '../../src/core/inbox/receive.ts';
import { type Harness, harness } from '../harness.ts';

/** The machine's clock stands: no midnight comes between two looks. */
const TODAY = Date.now();

let h: Harness;
beforeEach(async () => {
  await h?.close();
  h = await harness({ templates: false });
  h.clock.machine = () => TODAY;
});
after(() => h.close());

const retention = () => h.app.workers.find(worker => worker.name === 'retention')!.tick();
/** What a month would do is done to the rows. */
const daysAgo = (days: number) => TODAY - days * DAY_MS;
const dayAgo = (days: number) => utcDay(daysAgo(days));

/** A day of the inbox with one webhook, and the note that it waits, where it does. */
async function inboxDay(days: number, waitsIn?: 'people' | 'receipts' | 'dead'): Promise<void> {
  const [day, id] = [dayAgo(days), firstIdAt(daysAgo(days))];
  await h.sql.query('select make_inbox_day($1)', [day]);
  await h.sql.query(
    `insert into inbox (tenant_id, day, id, sender_id, received_at, body) select tenant_id, $1, $2, id, now(), '{}' from sender`,
    [day, id],
  );
  if (waitsIn)
    await h.sql.query(
      'insert into inbox_pending (tenant_id, lane, seq, day, inbox_id, bytes) values ($1, $2, $3, $4, $3, 2)',
      [h.tenant, waitsIn, id, day],
    );
}
/** How old the kept days are that lie in the past. */
async function daysKept(): Promise<number[]> {
  const { rows } = await h.sql.query<{ name: string }>(
    "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'inbox'::regclass and inhrelid::regclass::text ~ '\\d'",
  );
  const ages = rows.map(row =>
    Math.round((Date.parse(dayAgo(0)) - Date.parse(row.name.slice(6).replaceAll('_', '-'))) / DAY_MS),
  );
  return ages.filter(age => age > 0).sort((a, b) => a - b);
}

test('answers that were kept for thirty days go, younger ones and running claims stay', async () => {
  const ages = { old: '30 days 1 minute', young: '29 days 23 hours', claimed: '1 second' };
  for (const [key, age] of Object.entries(ages))
    await h.sql.query(
      `insert into idempotency_key (tenant_id, key, fingerprint, token, claimed_until, status, body, created_at)
        values ($1, $2, '', gen_random_uuid(), clock_timestamp(), $3, '{}', clock_timestamp() - $4::interval)`,
      [h.tenant, key, key === 'claimed' ? null : 200, age],
    );
  assert.equal(await retention(), 1);
  const { rows } = await h.sql.query<{ key: string }>('select key from idempotency_key order by key');
  assert.deepEqual(
    rows.map(row => row.key),
    ['claimed', 'young'],
  );
  assert.equal(await retention(), 0, 'a second look finds nothing');
});

test('receipts that nobody knows go when their provider repeats nothing of them any more', async () => {
  for (const [id, age] of [
    ['wamid.old', '7 days 1 minute'],
    ['wamid.young', '6 days 23 hours'],
  ])
    await h.sql.query(
      `insert into parked_event (tenant_id, id, provider, provider_id, event, parked_at)
        select tenant_id, gen_random_uuid(), provider, $1, '{}', clock_timestamp() - $2::interval from sender`,
      [id, age],
    );
  assert.equal(await retention(), 1);
  const { rows } = await h.sql.query('select provider_id from parked_event');
  assert.deepEqual(rows, [{ provider_id: 'wamid.young' }]);
});

test('raw webhooks go by whole days after thirty, with whatever they hold', async () => {
  for (const days of [1, INBOX_DAYS - 1, INBOX_DAYS, INBOX_DAYS + 1, 90]) await inboxDay(days);
  await retention();
  assert.deepEqual(await daysKept(), [1, INBOX_DAYS - 1, INBOX_DAYS]);
  assert.equal((await h.sql.query('select 1 from inbox')).rowCount, 3);
  await retention();
  assert.deepEqual(await daysKept(), [1, INBOX_DAYS - 1, INBOX_DAYS]);
});

test('a day that holds a dead letter stays for a person to see, and its neighbours go', async () => {
  await inboxDay(60);
  await inboxDay(59, 'dead');
  await inboxDay(58, 'dead');
  await inboxDay(57);
  await retention();
  assert.deepEqual(await daysKept(), [58, 59]);
  await h.sql.query('delete from inbox_pending where day = $1', [dayAgo(59)]);
  await retention();
  assert.deepEqual(await daysKept(), [58], 'looked at and taken away, it goes too');
});

for (const lane of ['people', 'receipts'] as const) {
  test(`no day goes while a webhook about ${lane} that is older than a month has not been applied`, async () => {
    await inboxDay(70);
    await inboxDay(60, lane);
    await inboxDay(50);
    await retention();
    assert.deepEqual(await daysKept(), [50, 60, 70]);
    await h.sql.query('delete from inbox_pending');
    await retention();
    assert.deepEqual(await daysKept(), []);
  });
}

test('what waits since yesterday holds up nothing', async () => {
  await inboxDay(40);
  await inboxDay(1, 'receipts');
  await retention();
  assert.deepEqual(await daysKept(), [1]);
});

test('another tenant’s old webhook counts as much as one’s own', async () => {
  await inboxDay(40);
  await inboxDay(39, 'people');
  const other = '00000000-0000-7000-8000-0000000000aa';
  await h.sql.query("insert into tenant (tenant_id, slug, name, created_at) values ($1, 'other', 'Other', now())", [
    other,
  ]);
  await h.sql.query('update inbox_pending set tenant_id = $1', [other]);
  await retention();
  assert.deepEqual(await daysKept(), [39, 40]);
});
