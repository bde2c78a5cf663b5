/** Who waits for a lock, and for how long: looked at fifty times a second while something is changed. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Postgres } from './postgres.ts';

export interface LockWatch {
  end(): Promise<{ longestMs: number; on: string; looks: number }>;
}

export function watchLocks(postgres: Postgres): LockWatch {
  let watching = true;
  let longestMs = 0;
  let on = '';
  let looks = 0;
  const loop = (async () => {
    while (watching) {
      // The migration itself may wait: it gives up soon, and nobody called it.
      const rows = await postgres
        .query<{ ms: number; what: string }>(
          `select extract(epoch from clock_timestamp() - l.waitstart) * 1000 as ms, coalesce(l.relation::regclass::text, l.locktype) as what
          from pg_locks l join pg_stat_activity a on a.pid = l.pid
          where not l.granted and l.waitstart is not null and a.application_name <> 'tidings migrate' order by 1 desc limit 1`,
        )
        // The database may be gone: whoever ended it says why.
        .catch(() => undefined);
      if (!rows) return;
      looks += 1;
      const ms = Number(rows[0]?.ms ?? 0);
      if (ms > longestMs) [longestMs, on] = [Math.round(ms), rows[0]!.what];
      await pause(20);
    }
  })();
  return {
    end: async () => {
      watching = false;
      await loop;
      return { longestMs, on, looks };
    },
  };
}
