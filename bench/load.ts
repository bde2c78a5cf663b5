/**
 * A load from a process of its own, so that its work is not taken from the measured one. `closed`: as fast as answers
 * come on a fixed number of connections. `open`: a constant rate of arrivals, whatever the answers do; a slow answer is
 * counted from when it should have begun.
 */
import { createHmac } from 'node:crypto';
import { Agent } from 'undici';
import { confirmation, phoneOf } from '../test/make.ts';

export interface LoadJob {
  kind: 'statuses' | 'confirms';
  url: string;
  key: string;
  secret: string;
  count: number;
  connections: number;
  /** Arrivals a second; absent: closed loop. */
  rate?: number;
  /** Correlations of messages that exist, for statuses. */
  correlations: string[];
  /** Statuses in one POST. */
  perPost?: number;
}

interface Shot {
  path: string;
  body: string;
  headers: Record<string, string>;
}

function shoot(job: LoadJob, index: number): Shot {
  if (job.kind === 'confirms') {
    const body = JSON.stringify(confirmation({ order: { id: `L-${index}` }, customer: { phone: phoneOf(index) } }));
    return {
      path: '/api/wa/send/confirm',
      body,
      headers: { authorization: `Bearer ${job.key}`, 'content-type': 'application/json' },
    };
  }
  const { perPost = 1 } = job;
  const statuses = Array.from({ length: perPost }, (_, place) => statusOf(job, index * perPost + place));
  const body = JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: '32',
        changes: [
          {
            value: {
              messaging_product: 'whatsapp',
              metadata: { display_phone_number: '12025550100', phone_number_id: '2' },
              statuses,
            },
            field: 'messages',
          },
        ],
      },
    ],
  });
  const signature = `sha256=${createHmac('sha256', job.secret).update(body).digest('hex')}`;
  return {
    path: '/api/wa/webhook',
    body,
    headers: { 'content-type': 'application/json', 'x-hub-signature-256': signature },
  };
}

function statusOf({ correlations }: LoadJob, index: number) {
  const correlation = correlations[index % correlations.length]!;
  return {
    id: `wamid.${correlation}`,
    // All `sent` first, then all `delivered`, then all `read`: no message's three receipts come close together.
    status: ['sent', 'delivered', 'read'][Math.floor(index / correlations.length)],
    timestamp: String(1_795_000_000 + index),
    recipient_id: '40700000000',
    biz_opaque_callback_data: correlation,
    pricing: { billable: true, pricing_model: 'PMP', type: 'regular', category: 'utility' },
  };
}

async function run(job: LoadJob) {
  // No pipelining: a request that waits behind another's answer would be measured as the server's slowness.
  const agent = new Agent({ connections: job.connections, pipelining: 1 });
  const latencies: number[] = [];
  let errors = 0;
  const one = async (shot: Shot, due: number) => {
    const answer = await agent.request({
      origin: job.url,
      path: shot.path,
      method: 'POST',
      headers: shot.headers,
      body: shot.body,
    });
    await answer.body.dump();
    // Until the last byte, from the moment at which it was due; errors are counted and take their time like the rest.
    latencies.push(performance.now() - due);
    if (answer.statusCode >= 300) errors += 1;
  };
  const began = performance.now();
  if (job.rate) await openLoop(job, job.rate, one, began);
  else await closedLoop(job, one);
  const seconds = (performance.now() - began) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => Math.round(latencies[Math.floor(latencies.length * share)]! * 10) / 10;
  return { value: job.count / seconds, p50_ms: at(0.5), p99_ms: at(0.99), errors };
}

type Send = (shot: Shot, due: number) => Promise<void>;

async function closedLoop(job: LoadJob, one: Send): Promise<void> {
  // Made ahead, in pieces: signing must not slow the shooting.
  const shots = Array.from({ length: job.count }, (_, index) => shoot(job, index));
  let next = 0;
  const shooter = async () => {
    while (next < shots.length) await one(shots[next++]!, performance.now());
  };
  await Promise.all(Array.from({ length: job.connections }, shooter));
}

async function openLoop(job: LoadJob, rate: number, one: Send, began: number): Promise<void> {
  const flights: Promise<void>[] = [];
  for (let index = 0; index < job.count; index += 1) {
    const due = began + (index * 1000) / rate;
    const wait = due - performance.now();
    // Less than a millisecond is not waited for: a timer would make it one.
    if (wait > 1) await new Promise(resolve => setTimeout(resolve, wait));
    flights.push(one(shoot(job, index), due));
  }
  await Promise.all(flights);
}

const chunks: string[] = [];
for await (const chunk of process.stdin) chunks.push(String(chunk));
console.log(JSON.stringify(await run(JSON.parse(chunks.join('')) as LoadJob)));
process.exit(0);
