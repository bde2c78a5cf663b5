/**
 * Failpoints are no part of the program that users run. A service is started as they start it and asked by Node's own
 * inspector what it has loaded: nothing of chaos, and no source that calls a failpoint. The same questions to a service that
 * is started with them are the control.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Examined, examine, INSPECTABLE } from './world/examine.ts';
import { openWorld, type World } from './world/world.ts';

const FAILPOINTS = fileURLToPath(new URL('failpoints.ts', import.meta.url));
/** Of those files in which a failpoint is named, some; and one in which none is. */
const NAMED = ['src/workers/pump.ts', 'src/core/messages/gate.ts', 'src/core/messages/send.ts'];

let world: World;
before(async () => {
  world = await openWorld({ roles: [] });
});
after(() => world.close());

async function started(flags: readonly string[]): Promise<Examined> {
  const service = await world.add('all', { flags: [INSPECTABLE, ...flags] });
  await service.start();
  const found = await examine(service);
  await service.kill();
  return found;
}
const endOf = (urls: readonly string[], file: string) => urls.filter(url => url.endsWith(`/${file}`)).length;

test('a service that is started as users start it has no failpoint in it', async () => {
  const { scripts, foreign, calling, hook } = await started([]);
  // That it sees the program is what makes its finding nothing worth something.
  for (const file of [...NAMED, 'src/main.ts']) assert.equal(endOf(scripts, file), 1, file);
  assert.deepEqual({ foreign, calling, hook }, { foreign: [], calling: [], hook: 'undefined' });
});

test('the control: asked the same, a service with failpoints shows them', async () => {
  const { foreign, calling, hook } = await started(['--import', FAILPOINTS]);
  assert.equal(hook, 'function');
  assert.deepEqual([foreign.length, endOf(foreign, 'test/chaos/failpoints.ts')], [1, 1]);
  for (const file of NAMED) assert.equal(endOf(calling, file), 1, `${file} of ${calling.join(', ')}`);
  assert.equal(endOf(calling, 'src/main.ts'), 0, 'where none is named none is called');
});
