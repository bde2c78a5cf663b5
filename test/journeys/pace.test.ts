/** Two machines on one number: the lane's speed and each person's share hold for both together. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { admit, type Core } from '#core/index.ts';
import { createDispatcher, type Dispatcher } from '../../src/workers/dispatch.ts';
import { type Harness, harness } from '../harness.ts';
import { command, phoneOf } from '../make.ts';
import { until } from '../processes.ts';

let h: Harness;
afterEach(() => h.close());

/** Every slot that a lease grants, kept when its message has long gone on: machine time, the database's. */
const KEEP_SLOTS = `
  create table granted (message_id uuid, owner uuid, slot_at timestamptz);
  create function keep_slot() returns trigger language plpgsql security definer as
    $$ begin insert into granted values (new.id, new.lease_owner, new.slot_at); return null; end $$;
  create trigger keep_slot after update on message for each row
    when (old.state = 'queued' and new.state = 'leased') execute function keep_slot()`;

interface Slot {
  owner: string;
  /** Milliseconds since the first slot of all. */
  at: number;
}

async function grantedSlots(): Promise<Slot[]> {
  const { rows } = await h.sql.query<Slot>(
    `select owner, (extract(epoch from slot_at - min(slot_at) over ()) * 1000)::float8 as at from granted order by slot_at`,
  );
  return rows;
}

/** Two workers that know nothing of each other, and the moments at which they put bytes on the wire. */
function twoWorkers(inFlight: number): { workers: Dispatcher[]; departures: number[] } {
  const departures: number[] = [];
  const { core } = h.app;
  const witnessed: Core = {
    ...core,
    wire: {
      request: request => {
        departures.push(performance.now());
        return core.wire.request(request);
      },
    },
  };
  return { workers: [0, 1].map(() => createDispatcher(witnessed, { inFlight })), departures };
}

/** Both tick side by side until it is enough, and give back what they had leased ahead. */
const together = (workers: readonly Dispatcher[], enough: () => boolean) =>
  Promise.all(
    workers.map(async worker => {
      while (!enough()) await worker.tick();
      await worker.drain();
    }),
  );

test('two workers together grant a lane’s slots one by one, and send none before its slot', async () => {
  h = await harness({ throughput: 20 });
  await h.sql.query(KEEP_SLOTS);
  const { workers, departures } = twoWorkers(8);
  await admit(
    h.app.core,
    h.tenant,
    Array.from({ length: 70 }, (_, index) => command(phoneOf(index))),
  );
  const began = performance.now();
  await together(workers, () => departures.length >= 45);

  const slots = await grantedSlots();
  assert.equal(new Set(slots.map(slot => slot.owner)).size, 2, 'both took part');
  const gaps = slots.slice(1).map((slot, index) => slot.at - slots[index]!.at);
  assert.ok(Math.min(...gaps) >= 49.9, `the smallest distance was ${Math.min(...gaps)} ms`);
  // Whatever the first slot was, it came after the beginning: after t seconds at most 1 + 20 t can have left.
  const early = departures.toSorted((a, b) => a - b).map((at, index) => began + index * 50 - at);
  assert.ok(Math.max(...early) <= 5, `one left ${Math.max(...early)} ms before its slot`);
});

test('two workers together give one person 45 messages at once and no more, and hold up nobody else', async () => {
  h = await harness({});
  await h.sql.query(KEEP_SLOTS);
  const { workers, departures } = twoWorkers(4);
  const [talked, other] = [phoneOf(0), phoneOf(1)];
  const to = (phone: string, count: number) =>
    admit(
      h.app.core,
      h.tenant,
      Array.from({ length: count }, () => command(phone)),
    );
  await to(talked, 70);
  const [last] = await to(other, 1);
  assert.equal(last?.kind, 'queued');
  const waiting = async () => {
    const { rows } = await h.sql.query<{ n: number }>(
      "select count(*)::int as n from message where state = 'leased' or (state = 'queued' and due_at <= $1)",
      [new Date(h.clock.now())],
    );
    return rows[0]!.n;
  };
  let done = false;
  const ended = together(workers, () => done);
  await until('nobody waits who may go', async () => (await waiting()) === 0);
  done = true;
  await ended;

  const slots = await grantedSlots();
  assert.equal(new Set(slots.map(slot => slot.owner)).size, 2, 'both took part');
  // One more for each six seconds that the test itself took.
  const spent = Math.floor(slots.at(-1)!.at / 6_000);
  assert.ok(slots.length >= 46 && slots.length <= 46 + spent, `${slots.length} slots`);
  assert.equal(departures.length, slots.length);
  const { body: shown } = await h.control(`/phones/${other}/messages`);
  assert.equal(shown.length, 1);
});
