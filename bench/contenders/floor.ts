/**
 * The floor: the least that a program can do which stores before it answers. Rows in batches, claimed with SKIP LOCKED,
 * sent over HTTP, three signed receipts for each, one a POST, verified and stored. No people, no consent, no rules, no
 * retries: what a product adds is what its ratio to this costs.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import pg from 'pg';
import { Agent } from 'undici';
import { phoneOf } from '../../test/make.ts';
import { cpuMeter } from '../cpu.ts';
import { APP_SECRET, type Job } from '../stage.ts';

const job = JSON.parse(process.argv[2]!) as Job;
const pool = new pg.Pool({ ...job.connection, max: 8 });
await pool.query(`create table message (id bigint primary key, phone text not null, state text not null default 'queued', ref text);
  create index message_due on message (id) where state = 'queued';
  create table receipt (ref text not null, status text not null, body bytea not null, primary key (ref, status))`);

const agent = new Agent({ connections: job.connections, pipelining: 1 });
// Counted in memory: the floor does no more than it must, and asks the database nothing to know when it is done.
let receipts = 0;
let finished: () => void = () => {};

/** A receipt that waits for its commit: its 200 comes after it, as the product's does. */
interface Waiting {
  ref: string;
  status: string;
  body: Buffer;
  done(): void;
}
const waiting: Waiting[] = [];
let storing = 0;

async function store(): Promise<void> {
  // Four writes under way and up to 200 receipts in each: whoever comes meanwhile shares the next one.
  while (waiting.length > 0 && storing < 4) {
    const batch = waiting.splice(0, 200);
    storing += 1;
    await pool.query({
      name: 'store',
      text: 'insert into receipt select * from unnest($1::text[], $2::text[], $3::bytea[]) on conflict do nothing',
      values: [batch.map(one => one.ref), batch.map(one => one.status), batch.map(one => one.body)],
    });
    storing -= 1;
    for (const one of batch) one.done();
    receipts += batch.length;
    if (receipts >= 3 * job.lives) finished();
  }
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', chunk => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    // Judged as the product does it, over the raw bytes and in constant time: unsigned receipts would be no floor.
    const given = Buffer.from(String(request.headers['x-hub-signature-256']).slice(7), 'hex');
    if (!timingSafeEqual(createHmac('sha256', APP_SECRET).update(body).digest(), given))
      return response.writeHead(401).end();
    const status = JSON.parse(body.toString()).entry[0].changes[0].value.statuses?.[0];
    if (status === undefined) return response.writeHead(200).end('{}'); // the template's approval
    waiting.push({ ref: status.id, status: status.status, body, done: () => response.writeHead(200).end('{}') });
    setImmediate(() => void store());
  });
});
server.listen(job.port, '127.0.0.1');
await once(server, 'listening');

async function send(id: string, phone: string): Promise<string> {
  const template = {
    name: 'bench',
    language: { code: 'en' },
    components: [{ type: 'body', parameters: [{ type: 'text', parameter_name: 'first_name', text: 'Ana' }] }],
  };
  const answer = await agent.request({
    origin: job.emulatorUrl,
    path: `/graph/v26.0/${job.number}/messages`,
    method: 'POST',
    headers: { authorization: 'Bearer x', 'content-type': 'application/json' },
    body: JSON.stringify({
      messaging_product: 'whatsapp',
      to: phone,
      biz_opaque_callback_data: id,
      type: 'template',
      template,
    }),
  });
  return ((await answer.body.json()) as { messages: { id: string }[] }).messages[0]!.id;
}

/** Claims, sends and writes down, and asks nothing. What a crash would leave in between stays there: nobody looks. */
async function dispatch(): Promise<void> {
  for (;;) {
    const { rows } = await pool.query<{ id: string; phone: string }>({
      name: 'claim',
      text: `update message set state = 'sending' where id = any(array(select id from message where state = 'queued' order by id limit $1 for update skip locked)) returning id, phone`,
      values: [job.connections / 2],
    });
    if (rows.length === 0) return;
    const refs = await Promise.all(rows.map(row => send(row.id, row.phone)));
    await pool.query({
      name: 'settle',
      text: `update message m set state = 'sent', ref = i.ref from unnest($1::bigint[], $2::text[]) as i(id, ref) where m.id = i.id`,
      values: [rows.map(row => row.id), refs],
    });
  }
}

await fetch(`${job.emulatorUrl}/graph/v26.0/31/message_templates`, {
  method: 'POST',
  headers: { authorization: 'Bearer x', 'content-type': 'application/json' },
  body: JSON.stringify({
    name: 'bench',
    language: 'en',
    category: 'UTILITY',
    parameter_format: 'NAMED',
    components: [
      {
        type: 'BODY',
        text: 'Hi {{first_name}}, all is well.',
        example: { body_text_named_params: [{ param_name: 'first_name', example: 'Ana' }] },
      },
    ],
  }),
});

// At once, in place of the review that the emulator would do a moment later.
const approval = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"status":"APPROVED"}' };
await fetch(`${job.emulatorUrl}/_sandbox/templates/bench/review`, approval);

// From here on: what came before is the setting of the stage.
const cpu = await cpuMeter(job.database);
const began = performance.now();
const allIn = new Promise<void>(resolve => {
  finished = resolve;
});
for (let from = 0; from < job.lives; from += 500) {
  const ids = Array.from({ length: Math.min(500, job.lives - from) }, (_, index) => from + index);
  await pool.query('insert into message (id, phone) select * from unnest($1::bigint[], $2::text[])', [
    ids,
    ids.map(phoneOf),
  ]);
}
// Two claimers, each with half of the connections: one waits for its answers while the other claims.
await Promise.all([dispatch(), dispatch()]);
await allIn;
const seconds = (performance.now() - began) / 1000;
console.log(JSON.stringify({ value: job.lives / seconds, ...(await cpu(job.lives)) }));
process.exit(0);
