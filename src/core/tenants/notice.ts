/** Asked at every start and every few seconds after it: is this database the one that we worked with last? */
import { iso } from '#lib/clock.ts';
import type { Core } from '../context.ts';
import { epochBeat, epochRead, tenantListHeld } from '../worker-statements.ts';
import { judgeEpoch, type KeptEpoch } from './epoch.ts';
import { HELD_BECAUSE, quarantineAll } from './quarantine.ts';

/** What a restore does not put back: a file of the data folder. */
export interface EpochStore {
  read(): Promise<KeptEpoch | undefined>;
  write(kept: KeptEpoch): Promise<void>;
}

/** Past whatever another machine may have seen before the restore: it, too, starts again some day. */
const LEAP = 1_000_000;

type Deps = Pick<Core, 'db' | 'clock' | 'log'>;

/** Before any worker begins, and before anybody can cancel anything. `say` is for whoever started us. */
export async function noticeRestore(deps: Deps, store: EpochStore, say: (line: string) => void): Promise<void> {
  // The folder first: another process beats meanwhile, and its word is written down after the database's.
  const kept = await store.read();
  const [found] = await deps.db.worker(epochRead, {});
  if (!found) throw new Error('the table epoch is empty');
  const because = judgeEpoch(found, kept);
  if (because !== undefined) {
    say(`${HELD_BECAUSE[because]}: nothing will be sent until you release it`);
    const count = await quarantineAll(deps, because, found.beaten_at);
    deps.log.warn('held in quarantine', { kind: because, count });
    say(`${count} messages may have left since ${iso(found.beaten_at)} and are in doubt`);
  }
  // After the quarantine is written: a crash between the two finds the same again.
  const atLeast = because === undefined ? 0 : Math.max(found.beat, kept?.beat ?? 0) + LEAP;
  const [beat] = await deps.db.worker(epochBeat, { at_least: atLeast });
  if (beat) await store.write(beat);
  const held = await deps.db.worker(tenantListHeld, {});
  if (held.length > 0) say(`in quarantine: ${held.map(row => row.slug).join(', ')} (\`tidings quarantine\` says more)`);
}
