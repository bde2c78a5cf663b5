/** A one-time code from its 202 to the wire, while a long queue of promotions goes out by the same number. */
import { setTimeout as pause } from 'node:timers/promises';
import { EACH, preparePromotions, startPromotions } from '../../test/chaos/checks/promotions.ts';
import { openWorld } from '../../test/chaos/world/world.ts';
import { phoneOf } from '../../test/make.ts';
import type { Job } from '../stage.ts';
import { departures, percentile } from './departures.ts';

const CODES = 200;
/** Codes for numbers of one thousand look like somebody who tries numbers. */
const STRANGERS_APART = 5_003;
const job = JSON.parse(process.argv[2]!) as Job;
// The pace that every number begins with: the queue stands, and every place that is free is somebody's.
const world = await openWorld({
  roles: ['api', 'worker'],
  env: { WHATSAPP_THROUGHPUT: '80', TIDINGS_QUEUE_LIMIT: '1000000' },
});
try {
  const { caller, emulator } = world;
  await preparePromotions(world, Math.ceil(job.lives / EACH));
  const template = { name: 'login_code', category: 'otp', language: 'en', body: 'Your code is {code}.', submit: true };
  await caller.call('/api/wa/templates', template);
  await emulator.control('/templates/login_code/review', { status: 'APPROVED' });
  await startPromotions(world, job.lives).done;
  const accepted = new Map<string, number>();
  for (let index = 0; index < CODES; index += 1) {
    const phone = phoneOf(job.lives + index * STRANGERS_APART);
    const { status, body } = await caller.call('/api/wa/send/otp', { phone });
    if (status !== 202) throw new Error(`a code was answered ${status} ${JSON.stringify(body)}`);
    accepted.set(phone, Date.now());
    await pause(50);
  }
  await pause(5_000);
  const left = await departures(world);
  const waits = left.flatMap(({ phone, at }) => (accepted.has(phone) ? [Math.max(0, at - accepted.get(phone)!)] : []));
  if (waits.length < CODES) throw new Error(`${waits.length} of ${CODES} codes have left`);
  const [row] = await world.postgres.query<{ n: number }>(
    "select count(*)::int as n from message where state = 'queued'",
  );
  // An empty queue would make every code quick.
  if (row!.n === 0) throw new Error('the promotions ran out: ask for more of them (--lives)');
  console.log(
    JSON.stringify({
      value: percentile(waits, 0.99),
      unit: 'ms from the 202 of a code to the wire, 99 in a hundred',
      p50_ms: percentile(waits, 0.5),
      p99_ms: percentile(waits, 0.99),
      promotions_waiting: row!.n,
    }),
  );
} finally {
  await world.close();
}
process.exit(0);
