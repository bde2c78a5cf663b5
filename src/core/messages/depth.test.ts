/** The look at the queue's depth that many requests share: also when it fails, which chaos found (check 6, seed 6). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Db } from '#db/db.ts';
import { handClock } from '#lib/clock.ts';
import { Fault } from '#lib/fault.ts';
import type { SendCommand } from './command.ts';
import { createDepthGuard } from './depth.ts';

const TENANT = '00000000-0000-7000-8000-000000000001';
const command = { purpose: 'order_confirm' } as SendCommand;

/** The database as the guard sees it: each look is answered when the test says so. */
function stage() {
  const looks: PromiseWithResolvers<{ depth: number }[]>[] = [];
  const run = () => {
    looks.push(Promise.withResolvers());
    return looks.at(-1)!.promise;
  };
  const guard = createDepthGuard({ db: { run } as unknown as Db, clock: handClock(0) }, 100);
  const turn = () => new Promise<void>(resolve => setImmediate(resolve));
  return { looks, guard, turn };
}

test('many who wait for a look that fails are all told why, and who waited through it looks once more together', async () => {
  const { looks, guard, turn } = stage();
  const first = [guard(TENANT, command), guard(TENANT, command)];
  await turn();
  // These find a look under way, wait for it, and then for another one.
  const later = [guard(TENANT, command), guard(TENANT, command), guard(TENANT, command)];
  const waiting = Promise.allSettled([...first, ...later]);
  looks[0]!.reject(new Fault('unavailable'));
  await turn();
  for (const look of looks.slice(1)) look.resolve([{ depth: 3 }]);
  const answers = await waiting;
  // A failure of ours (a TypeError, say) would be a 500 to the caller.
  for (const answer of answers)
    if (answer.status === 'rejected') assert.equal((answer.reason as Fault).code, 'unavailable', String(answer.reason));
  assert.equal(answers[0]!.status, 'rejected');
  assert.equal(answers.at(-1)!.status, 'fulfilled');
  assert.ok(looks.length <= 2, `${looks.length} looks`);
});
