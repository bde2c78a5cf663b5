/** Kills at moments that the dice choose. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Run } from '../scorecard.ts';
import type { World } from '../world/world.ts';

/** By what was acknowledged and not by the clock, so that a slow machine is hit in the same places. */
export async function killAtRandom(
  run: Run,
  { services }: World,
  count: number,
  acknowledged: () => number,
): Promise<number> {
  for (let kill = 1; kill <= run.kills; kill += 1) {
    const target = Math.floor((count / (run.kills + 1)) * (kill - 0.5 + run.random()));
    while (acknowledged() < target) await pause(5);
    const victim = services[Math.floor(run.random() * services.length)]!;
    await victim.kill();
    await victim.start();
    if (kill % 10 === 0 || run.short) run.say(`kill ${kill}: ${acknowledged()} of ${count} acknowledged`);
  }
  return run.kills;
}
