/** What a life costs in work, beside how long it takes: the processor's time of this process and of the database's. */
import { readdir, readFile } from 'node:fs/promises';

const TICK_US = 10_000;

/** Call it where the work begins, and its answer where it ends. */
export async function cpuMeter(): Promise<(lives: number) => Promise<Record<string, number>>> {
  const own = process.cpuUsage();
  const database = await postgresTicks();
  return async lives => {
    const { user, system } = process.cpuUsage(own);
    const ticks = (await postgresTicks()) - database;
    return {
      cpu_us_per_life: Math.round((user + system) / lives),
      // Nothing where there is no /proc, or where the database runs on another machine.
      ...(ticks > 0 ? { database_cpu_us_per_life: Math.round((ticks * TICK_US) / lives) } : {}),
    };
  };
}

/** Of all PostgreSQL processes of this machine, and of those that have ended: they count with who started them. */
async function postgresTicks(): Promise<number> {
  const processes = (await readdir('/proc').catch((): string[] => [])).filter(name => /^\d+$/.test(name));
  const ticks = await Promise.all(
    processes.map(async pid => {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      const [, name = '', rest = ''] = stat.match(/\((.*)\) (.*)/s) ?? [];
      if (name !== 'postgres') return 0;
      // user, system, and both of the children that ended (proc(5): fields 14 to 17).
      return rest
        .split(' ')
        .slice(11, 15)
        .map(Number)
        .reduce((sum, one) => sum + one, 0);
    }),
  );
  return ticks.reduce((sum, one) => sum + one, 0);
}
