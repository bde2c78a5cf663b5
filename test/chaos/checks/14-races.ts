/** Four workers on one lane, and fifty people who press the same button at once: everything happens once. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Check, judged } from '../scorecard.ts';
import { compareBooks, violations } from '../world/books.ts';
import { openWorld } from '../world/world.ts';
import { EACH, preparePromotions, startPromotions } from './promotions.ts';

const CLICKS = 50;

export const racesCheck: Check = {
  number: 14,
  title: 'racing workers and buttons',
  target: 'four workers: 0 twice; fifty clicks: one effect',
  run: async run => {
    const count = run.short ? 500 : 20_000;
    const world = await openWorld({ roles: ['api', 'api', 'worker', 'worker', 'worker', 'worker'] });
    try {
      const { caller, emulator, postgres } = world;
      await preparePromotions(world, Math.ceil(count / EACH));
      const load = startPromotions(world, count);
      await load.done;
      await world.atRest();
      const found = violations(await compareBooks(postgres, await emulator.copies(), load.acknowledged, { bound: 1 }), {
        everUnknown: 0,
        twice: 0,
      });
      // Ten that failed are put back by fifty people at once.
      const failed = await postgres.query<{ id: string }>(
        "update message set state = 'failed', failed_at = now() where id in (select id from message limit 10) returning 'msg_' || replace(id::text, '-', '') as id",
      );
      const requeue = async (id: string): Promise<{ status: number }> => {
        const answer = await caller.call(`/api/wa/dead-letters/default/${id}/requeue`, {});
        // "Come again" decides nothing, and how often it is said depends on the machine; whoever hears it comes again.
        return answer.status === 503 ? pause(200).then(() => requeue(id)) : answer;
      };
      const answers = await Promise.all(
        failed.flatMap(({ id }) =>
          Array.from({ length: CLICKS }, () => requeue(id).then(({ status }) => ({ id, status }))),
        ),
      );
      for (const { id } of failed) {
        const taken = answers.filter(answer => answer.id === id && answer.status === 202).length;
        if (taken !== 1) found.push(`${id}: ${taken} of ${CLICKS} clicks were taken`);
      }
      const odd = answers.filter(answer => ![202, 409].includes(answer.status));
      if (odd.length > 0) found.push(`${odd.length} clicks were answered ${odd[0]!.status}`);
      await world.atRest();
      const witness = await emulator.copies();
      const again = failed.filter(({ id }) => witness.attempts.get(id)?.length !== 2);
      if (again.length > 0) found.push(`${again.length} of ${failed.length} did not go exactly once more`);
      return judged(
        found,
        `${count} promotions by four workers, ${failed.length} × ${CLICKS} clicks: ${failed.length - again.length} went once more`,
      );
    } finally {
      await world.close();
    }
  },
};
