/** One number's limit with four worker processes: how many leave in the busiest second, wherever that second begins. */
import { prepareConfirmations, startConfirmations } from '../../test/chaos/checks/confirmations.ts';
import { openWorld } from '../../test/chaos/world/world.ts';
import type { Job } from '../stage.ts';
import { departures, steadyPace } from './departures.ts';

/** What Meta gives every number, and what the emulator holds us to here: 130429 for whatever is above it. */
const LIMIT = 80;
const job = JSON.parse(process.argv[2]!) as Job;
const count = Math.min(job.lives, LIMIT * 30);
const world = await openWorld({
  roles: ['api', 'worker', 'worker', 'worker', 'worker'],
  env: { WHATSAPP_THROUGHPUT: String(LIMIT) },
  rules: true,
});
try {
  await prepareConfirmations(world, count);
  await startConfirmations(world, count, count).done;
  await world.atRest();
  const left = await departures(world);
  let busiest = 0;
  let busiestAt = 0;
  let above = 0;
  // From the first to the last of each second: departures at both ends of a window of a thousand milliseconds count.
  for (let from = 0, to = 0; to < left.length; to += 1) {
    while (left[to]!.at - left[from]!.at >= 1_000) from += 1;
    const count = to - from + 1;
    if (count > LIMIT) above += 1;
    if (count <= busiest) continue;
    busiest = count;
    busiestAt = left[from]!.at - left[0]!.at;
  }
  const refused = await world.postgres.query<{ n: number }>(
    "select count(*)::int as n from message_attempt where error_code = '130429'",
  );
  console.log(
    JSON.stringify({
      value: busiest,
      unit: `in the busiest sliding second, ${LIMIT} are allowed`,
      used: Math.round((steadyPace(left) / LIMIT) * 1_000) / 1_000,
      // Whether it was when all began, or later; and after how many departures the second that ends with it held too many.
      busiest_after_s: Math.round(busiestAt / 100) / 10,
      departures_above: above,
      refused_130429: refused[0]!.n,
      messages: left.length,
    }),
  );
} finally {
  await world.close();
}
process.exit(0);
