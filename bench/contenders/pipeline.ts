/**
 * The product doing the floor's work through its real entry points and tables: admitted in batches of 500 with
 * every rule asked, leased, gated, sent, settled, three receipts each applied. The life ends when it is read.
 */
import pg from 'pg';
import { admit, type SendCommand } from '#core/index.ts';
import type { Phone } from '#lib/phone.ts';
import { cpuMeter } from '../cpu.ts';
import type { Job } from '../stage.ts';
import { prepareAudience } from './audience.ts';
import { startProduct } from './product.ts';

const job = JSON.parse(process.argv[2]!) as Job;
const product = await startProduct(job);
const { app, tenant } = product;
const { core } = app;
const look = new pg.Client(job.connection);
await look.connect();
const phones = await prepareAudience(product, look, job.lives);

/** With a reference: the business key, which every confirmation takes, is part of the work. */
const command = (phone: Phone, index: number): SendCommand => ({
  to: phone,
  purpose: 'order_confirm',
  reference: `B-${index}`,
  origin: 'bench',
  content: { kind: 'template', variables: () => ({ order_id: `B-${index}` }) },
});

const cpu = await cpuMeter(job.database);
const began = performance.now();
let last = '';
for (let from = 0; from < job.lives; from += 500) {
  const commands = phones.slice(from, from + 500).map((phone, index) => command(phone, from + index));
  const admissions = await admit(core, tenant, commands);
  const other = admissions.find(admission => admission.kind !== 'queued');
  // A refusal would be quicker than a message: a bench of refusals must not pass for one of messages.
  if (other) throw new Error(`not queued: ${JSON.stringify(other)}`);
  last = (admissions.at(-1) as { messageId: string }).messageId;
}
const admitted = (performance.now() - began) / 1000;
// Looks rarely and at one row, by its key, as long as that one is not read: the looking must not be what is measured.
const lastIsRead = {
  name: 'look',
  text: "select from message where tenant_id = $1 and id = $2 and state = 'read'",
  values: [tenant, last],
};
for (;;) {
  await core.pause(50);
  if ((await look.query(lastIsRead)).rowCount === 1) {
    const { rowCount: others } = await look.query("select from message where state <> 'read' limit 1");
    if (others === 0) break;
  }
  // Where they are stuck is the first thing that anybody would ask.
  if (performance.now() - began > 120_000) {
    const { rows: states } = await look.query('select state, count(*)::int as n from message group by 1');
    throw new Error(`not read after two minutes: ${JSON.stringify(states)}`);
  }
}
const seconds = (performance.now() - began) / 1000;
const worked = await cpu(job.lives);
const memory = Math.round(process.memoryUsage().rss / 1024 / 1024);
console.log(
  JSON.stringify({
    value: job.lives / seconds,
    admit_per_second: Math.round(job.lives / admitted),
    ...worked,
    rss_mb: memory,
  }),
);
process.exit(0);
