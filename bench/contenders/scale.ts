/** The same work with ten thousand messages in the tables and with a million: what grows with what has been sent. */
import pg from 'pg';
import { admit, type SendCommand } from '#core/index.ts';
import { newId } from '#lib/id.ts';
import type { Phone } from '#lib/phone.ts';
import { idText } from '../../src/core/messages/correlation.ts';
import { fillHistory } from '../../test/chaos/world/history.ts';
import { APP_SECRET, type Job } from '../stage.ts';
import { prepareAudience } from './audience.ts';
import { percentile } from './departures.ts';
import { load } from './loaded.ts';
import { startProduct } from './product.ts';

const SMALL = 10_000;
const LARGE = 1_000_000;
const SENDS = 3_000;
const LOOKS = 100;
const job = JSON.parse(process.argv[2]!) as Job;
const product = await startProduct(job);
const { app, tenant, key, url } = product;
const look = new pg.Client(job.connection);
await look.connect();
const postgres = {
  query: async <R extends pg.QueryResultRow>(sql: string, values?: unknown[]) =>
    (await look.query<R>(sql, values)).rows,
};
const phones = await prepareAudience(product, look, SENDS * 2);

const untilRead = async () => {
  while ((await look.query("select from message where state not in ('read', 'delivered') limit 1")).rowCount! > 0)
    await app.core.pause(20);
};

/** Milliseconds for each message, from asking to read. */
async function send(from: number): Promise<number> {
  const command = (phone: Phone, index: number): SendCommand => ({
    to: phone,
    purpose: 'order_confirm',
    reference: `S-${from + index}`,
    origin: 'bench',
    content: { kind: 'template', variables: () => ({ order_id: `S-${from + index}` }) },
  });
  const began = performance.now();
  for (let start = 0; start < SENDS; start += 500)
    await admit(
      app.core,
      tenant,
      phones.slice(from + start, from + start + 500).map((phone, index) => command(phone, start + index)),
    );
  await untilRead();
  return (performance.now() - began) / SENDS;
}

/** Milliseconds for each receipt, until it is applied. */
async function receipts(): Promise<number> {
  const ids = Array.from({ length: SENDS / 3 }, () => newId());
  await look.query(
    `insert into message (tenant_id, id, purpose, channel, provider, priority, state, due_at, attempt, created_at, accepted_at)
     select $1, id, 'order_confirm', 'whatsapp', 'meta', 1, 'accepted', now(), 1, now(), now() from unnest($2::uuid[]) as i(id)`,
    [tenant, ids],
  );
  const began = performance.now();
  await load({
    kind: 'statuses',
    url,
    key,
    secret: APP_SECRET,
    count: SENDS,
    connections: job.connections,
    correlations: ids.map(id => idText(id, 1)),
  });
  await untilRead();
  return (performance.now() - began) / SENDS;
}

/** The median of what one caller waits. */
async function reads(path: string): Promise<number> {
  const waits: number[] = [];
  for (let time = 0; time < LOOKS; time += 1) {
    const began = performance.now();
    const answer = await fetch(url + path, { headers: { authorization: `Bearer ${key}` } });
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}`);
    waits.push((performance.now() - began) * 1_000);
  }
  return percentile(waits, 0.5) / 1_000;
}

const measure = async (from: number) => ({
  send: await send(from),
  webhook: await receipts(),
  list: await reads('/api/wa/messages/default?limit=50'),
  stats: await reads('/api/wa/stats/default'),
});

await fillHistory(postgres, SMALL);
const small = await measure(0);
await fillHistory(postgres, LARGE);
const large = await measure(SENDS);
const grown = Object.fromEntries(
  Object.entries(small).map(([name, before]) => [
    name,
    Math.round((large[name as keyof typeof large] / before) * 100) / 100,
  ]),
);
console.log(
  JSON.stringify({
    value: Math.max(...Object.values(grown)),
    unit: `times the time at ${SMALL} messages, at ${LARGE}`,
    ...grown,
  }),
);
process.exit(0);
