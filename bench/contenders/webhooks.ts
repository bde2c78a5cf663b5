/** Statuses of messages that exist, one a POST or many, each on disk before its 200, applied by the workers meanwhile. */
import pg from 'pg';
import { newId } from '#lib/id.ts';
import { idText } from '../../src/core/messages/correlation.ts';
import { APP_SECRET, type Job } from '../stage.ts';
import { load } from './loaded.ts';
import { startProduct } from './product.ts';

const job = JSON.parse(process.argv[2]!) as Job;
const { app, tenant, key, url } = await startProduct(job);
const look = new pg.Client(job.connection);
await look.connect();
const { perPost = 1 } = job;
// Whole POSTs only.
const messages = Math.ceil(job.lives / 3 / perPost) * perPost;
const ids = Array.from({ length: messages }, () => newId());
// Rows as a send would have left them, and no content: receipts never read it.
await look.query(
  `insert into message (tenant_id, id, purpose, channel, provider, priority, state, due_at, attempt, created_at, accepted_at)
   select $1, id, 'order_confirm', 'whatsapp', 'meta', 1, 'accepted', now(), 1, now(), now() from unnest($2::uuid[]) as i(id)`,
  [tenant, ids],
);
const count = (messages * 3) / perPost;
const measured = await load({
  kind: 'statuses',
  url,
  key,
  secret: APP_SECRET,
  count,
  connections: job.connections,
  correlations: ids.map(id => idText(id, 1)),
  perPost,
});
const storedAt = performance.now();
// Held to its word: what was answered with 200 has to be there.
const { rows } = await look.query<{ n: number }>('select count(*)::int as n from inbox');
if (rows[0]!.n < count) throw new Error(`${count} were acknowledged, ${rows[0]!.n} are stored`);
// Until all are read: a backlog that is taken quickly and applied late would otherwise look like speed.
for (;;) {
  const left = await look.query("select from message where state <> 'read' limit 1");
  if (left.rowCount === 0) break;
  await app.core.pause(20);
}
const lag = Math.round(performance.now() - storedAt);
console.log(
  JSON.stringify({
    ...measured,
    value: measured.value * perPost,
    unit: 'durable statuses a second',
    per_post: perPost,
    statuses: count * perPost,
    applied_after_ms: lag,
  }),
);
process.exit(0);
