/** A lane's places on the wire: what is urgent finds one at once, and no lane takes those of another. */
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { afterEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { admit, type Core } from '#core/index.ts';
import { DEFAULT_PROVIDER } from '../../src/config.ts';
import { ensureTenant } from '../../src/core/tenants/service.ts';
import { configureSender } from '../../src/setup.ts';
import { createDispatcher, type Dispatcher, MOST_IN_FLIGHT } from '../../src/workers/dispatch.ts';
import { type Harness, type HarnessOptions, harness } from '../harness.ts';
import { command, phoneOf } from '../make.ts';
import { until } from '../processes.ts';

let h: Harness;
let next = 0;
afterEach(() => h.close());
const open = async (options: HarnessOptions) => {
  h = await harness(options);
};

/** So many reminders to as many people, all due now. */
const remind = (tenant: string, count: number) =>
  admit(
    h.app.core,
    tenant,
    Array.from({ length: count }, () => command(phoneOf(next++), { purpose: 'reminder' })),
  );

async function states(where = 'true'): Promise<Record<string, number>> {
  const { rows } = await h.sql.query<{ state: string; n: number }>(
    `select state, count(*)::int as n from message where ${where} group by state`,
  );
  return Object.fromEntries(rows.map(row => [row.state, row.n]));
}

/** Rounds until the wire holds so many, and what it holds when nothing more is let through. */
async function fill(dispatcher: Dispatcher, count: number): Promise<void> {
  const filled = async () => {
    await dispatcher.tick();
    return dispatcher.inFlight() >= count;
  };
  await until(`${count} on the wire`, filled, 10_000);
  for (let round = 0; round < 3; round += 1) await dispatcher.tick();
  assert.equal(dispatcher.inFlight(), count);
}

/** The core with a provider that answers nobody before it is told to, and how many wait for it in each lane. */
function patientCore() {
  const waiting: { number: string; end(): void }[] = [];
  let over = false;
  const core: Core = {
    ...h.app.core,
    wire: {
      request: ({ url }) =>
        new Promise(resolve => {
          const number = /(\d+)\/messages$/.exec(url)![1]!;
          const end = () => resolve({ kind: 'unreached', detail: 'told so' });
          // What waits for its slot at the end goes out after it.
          if (over) end();
          else waiting.push({ number, end });
        }),
    },
  };
  const answer = () => {
    for (const one of waiting.splice(0)) one.end();
  };
  return {
    core,
    answer,
    onWire: (number: string) => waiting.filter(one => one.number === number).length,
    end: async (dispatcher: Dispatcher) => {
      over = true;
      answer();
      await dispatcher.drain();
    },
  };
}

for (const [situation, waiting, leased] of [
  ['all places for ordinary messages are taken', 6, 3],
  ['what is leased ahead fills its buffer too', 20, 8],
] as const) {
  test(`an urgent message is on the wire at once when ${situation}`, async () => {
    await open({});
    const { core, end } = patientCore();
    const dispatcher = createDispatcher(core, { inFlight: 4 });
    await remind(h.tenant, waiting);
    await fill(dispatcher, 3);
    assert.deepEqual(await states(), {
      sending: 3,
      leased,
      ...(waiting > 3 + leased ? { queued: waiting - 3 - leased } : {}),
    });
    await h.app.core.send(h.tenant, command(phoneOf(next++), { purpose: 'otp' }));
    await fill(dispatcher, 4);
    assert.deepEqual(await states('priority <= 1'), { sending: 1 });
    assert.deepEqual(await states("priority > 1 and state = 'sending'"), { sending: 3 });
    await end(dispatcher);
  });
}

test('an urgent message has the first of the slots that were reserved before it came', async () => {
  // Twenty a second: the eight that are leased at once take the lane's next 400 milliseconds.
  await open({ throughput: 20 });
  const { core, end } = patientCore();
  const dispatcher = createDispatcher(core, { inFlight: 4 });
  await remind(h.tenant, 30);
  await dispatcher.tick();
  assert.deepEqual(await states(), { leased: 8, queued: 22 });
  await h.app.core.send(h.tenant, command(phoneOf(next++), { purpose: 'otp' }));
  const away = async () => {
    await dispatcher.tick();
    return (await states('priority <= 1'))['sending'] === 1;
  };
  await until('the urgent one is on the wire', away, 10_000);
  const others = await states('priority > 1');
  assert.ok((others['sending'] ?? 0) <= 3, 'it had the first slot of those that were held, and not one behind them');
  await end(dispatcher);
});

test('slots that a standstill has missed are given back: what they were for does not leave all at once', async () => {
  await open({ throughput: 20 });
  const { core, end } = patientCore();
  const dispatcher = createDispatcher(core, { inFlight: 16 });
  await remind(h.tenant, 30);
  await dispatcher.tick();
  const held = (await states())['leased'] ?? 0;
  assert.ok(held >= 8, 'the next 400 milliseconds are reserved');
  // Nobody looks until all of them have passed.
  await pause(600);
  await dispatcher.tick();
  const away = (await states())['sending'] ?? 0;
  assert.ok(away <= held / 2, `${away} of ${held} left together`);
  await until('it goes on at its pace', async () => {
    await dispatcher.tick();
    return ((await states())['sending'] ?? 0) > away;
  });
  await end(dispatcher);
});

/** A tenant of its own with a sender that stands at this address; its template is the default tenant's. */
async function otherTenant(slug: string, baseUrl: string): Promise<string> {
  const { tenant } = await ensureTenant(h.app.core, { slug, name: slug });
  const sender = {
    provider: DEFAULT_PROVIDER,
    account: {
      base_url: baseUrl,
      api_version: 'v26.0',
      phone_number_id: '100000000000002',
      business_account_id: '200000000000002',
    },
    secret: { accessToken: 'token', webhookSecrets: ['secret'], verifyToken: 'token' },
    number: '+12025550101',
  };
  await configureSender({ sender, throughput: 100_000 }, h.app.core, tenant, undefined);
  await h.sql.query(
    `insert into template (tenant_id, id, name, language, purpose, meta_category, status, body, created_at, updated_at)
      select $1, gen_random_uuid(), name, language, purpose, meta_category, status, body, created_at, updated_at
      from template where tenant_id = $2`,
    [tenant, h.tenant],
  );
  return tenant;
}

test('a provider that takes the connection and never answers holds up nobody but its own lane', async () => {
  await open({ inFlight: 4 });
  const sockets = new Set<Socket>();
  const mute = createServer(socket => sockets.add(socket.on('error', () => {})));
  await new Promise<void>(resolve => mute.listen(0, '127.0.0.1', resolve));
  const { port } = mute.address() as { port: number };
  const stuck = await otherTenant('stuck', `http://127.0.0.1:${port}/graph`);
  // Workers that run by themselves keep the time of day: at night nobody would be reminded.
  await h.sql.query(`update tenant set settings = settings || '{"quiet_hours": {"reminder": "none"}}'`);
  for (const tenant of [h.tenant, stuck]) h.app.core.settings.forget(tenant);
  await remind(stuck, 20);
  h.app.startWorkers();
  await until('its places are taken', () => h.app.dispatcher.inFlight() === 3);
  await remind(h.tenant, 5);
  // Sooner than the ten seconds after which the stuck ones would give up.
  await until(
    'the other tenant’s messages are delivered',
    async () => (await states(`tenant_id = '${h.tenant}'`))['delivered'] === 5,
    8_000,
  );
  assert.deepEqual(await states(`tenant_id = '${stuck}' and state = 'sending'`), { sending: 3 }, 'they still wait');
  for (const socket of sockets) socket.destroy();
  mute.close();
});

test('lanes that are busy together share the process’s places, and one alone has what it was allowed', async () => {
  await open({});
  const second = await otherTenant('second', h.emulator.url);
  const { core, answer, onWire, end } = patientCore();
  const dispatcher = createDispatcher(core, { inFlight: 1_000 });
  const settled = () => until('both rest', async () => (await dispatcher.tick()) === 0);
  const [one, two] = ['100000000000001', '100000000000002'];

  await remind(h.tenant, MOST_IN_FLIGHT + 44);
  await settled();
  assert.equal(onWire(one), MOST_IN_FLIGHT * 0.75, 'alone, all but the part that is kept for what is urgent');
  await remind(second, 100);
  await settled();
  assert.equal(onWire(one), MOST_IN_FLIGHT * 0.75);
  assert.equal(onWire(two), MOST_IN_FLIGHT * 0.25, 'the second finds what is left');
  assert.equal(dispatcher.inFlight(), MOST_IN_FLIGHT);
  await remind(second, 20);
  await settled();
  assert.equal(dispatcher.inFlight(), MOST_IN_FLIGHT, 'and the process never has more');

  // Both are busy: what each has leased already finds no more than its own half.
  answer();
  await dispatcher.idle();
  await settled();
  assert.equal(onWire(one), (MOST_IN_FLIGHT / 2) * 0.75);
  assert.equal(onWire(two), 100 - MOST_IN_FLIGHT * 0.25, 'all that it had leased');
  await end(dispatcher);
});
