/**
 * The machine's clock is set back by two hours, on by two, on by 120 days, while a service runs: nothing leaves before its time,
 * nothing twice, nothing is left lying. And quiet hours in every zone of the world over two years, with all changes of clocks.
 */
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { phoneOf } from '../../make.ts';
import { type Check, judged, type Outcome, type Run } from '../scorecard.ts';
import { compareBooks, violations } from '../world/books.ts';
import { prepare } from '../world/callers.ts';
import { openWorld, type World } from '../world/world.ts';
import { preparePromotions, promotion } from './promotions.ts';
import { sweepZones } from './zone-sweep.ts';

const LIBRARY = ['x86_64', 'aarch64'].map(machine => `/usr/lib/${machine}-linux-gnu/faketime/libfaketime.so.1`);
const HOUR_MS = 3_600_000;
/** What the clock is set to, against the true time; and whether what is due in an hour has to be there then. */
const JUMPS = [
  { by: '-7200', due: false },
  { by: '+7200', due: true },
  { by: '-7200', due: true },
  { by: '+10368000', due: true },
] as const;

export const clocksCheck: Check = {
  number: 8,
  title: 'clocks set, zones, changes of clocks',
  target: '0 early, 0 late, 0 twice; every zone over two years',
  run: async run => {
    const swept = sweepZones(run.short ? 3 : 24, run.random);
    const zones = `${swept.zones} zones, ${swept.changes} changes, ${swept.cases} cases`;
    run.say(`${zones}: ${swept.violations.length} wrong`);
    const library = LIBRARY.find(existsSync);
    if (swept.violations.length > 0) return judged(swept.violations.slice(0, 10), zones);
    // Half of a check is none: its other half is told with the reason, and never as green.
    if (!library)
      return { verdict: 'not run', detail: `the clocks: libfaketime is not installed (the zones are well: ${zones})` };
    const jumped = await setClocks(run, library);
    return { ...jumped, detail: `${zones}; ${jumped.detail}` };
  },
};

async function setClocks(run: Run, library: string): Promise<Outcome> {
  const count = run.short ? 20 : 500;
  const file = join(tmpdir(), `tidings-clock-${process.pid}-${run.seed}`);
  await writeFile(file, '+0\n');
  const world = await openWorld({
    roles: ['all'],
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  });
  try {
    await preparePromotions(world, (JUMPS.length + 2) * count);
    const found: string[] = [];
    const acknowledged = new Map<string, { id: string; status: string }>();
    const ask = async (name: string, from: number, dueAt?: number) =>
      prepare(count, async index => {
        const reference = `${name}-${index}`;
        const body = { ...promotion(0).body, to: { phone: phoneOf(from + index) }, reference };
        const due = dueAt === undefined ? {} : { send_at: new Date(dueAt).toISOString() };
        const answer = await world.caller.call('/api/v1/messages', { ...body, ...due });
        acknowledged.set(reference, { id: answer.body.message_id, status: answer.body.status });
        return answer;
      });
    await ask('later', 0, Date.now() + HOUR_MS);
    for (const [index, { by, due }] of JUMPS.entries()) {
      await writeFile(file, `${by}\n`);
      // The service hears of it by reading its clock.
      await pause(500);
      await ask(`jump${index}`, (index + 1) * count);
      const left = await untilLeft(world, 'jump%', (index + 1) * count);
      if (left < (index + 1) * count)
        found.push(`clock ${by}: ${(index + 1) * count - left} of what was asked then did not leave`);
      const early = await untilLeft(world, 'later%', due ? count : 0);
      if (!due && early > 0) found.push(`clock ${by}: ${early} left before their time`);
      if (due && early < count) found.push(`clock ${by}: ${count - early} did not leave although their time had come`);
      run.say(`clock ${by}: ${left} asked for at once and ${early} of the later ones have left`);
    }
    const books = await compareBooks(world.postgres, await world.emulator.copies(), acknowledged, { bound: 1 });
    found.push(...violations(books, { everUnknown: 0, twice: 0 }));
    return judged(found, `${JUMPS.length} jumps, ${acknowledged.size} messages, ${books.twice} twice`, {
      byState: books.byState,
    });
  } finally {
    await world.close();
    await rm(file, { force: true });
  }
}

/** How many of these the provider took; waits a while for as many. */
async function untilLeft({ postgres }: World, like: string, wanted: number): Promise<number> {
  for (let tries = 0; ; tries += 1) {
    const [row] = await postgres.query<{ n: number }>(
      `select count(*)::int as n from message m join message_content b on b.tenant_id = m.tenant_id and b.message_id = m.id
        where b.reference like $1 and m.state in ('accepted', 'sent', 'delivered', 'read')`,
      [like],
    );
    if ((wanted > 0 && row!.n >= wanted) || tries >= 100 || (wanted === 0 && tries >= 10)) return row!.n;
    await pause(100);
  }
}
