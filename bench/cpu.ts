/** What a life costs in work, beside how long it takes: the processor's time of this process and of the database's. */
import { readdir, readFile } from 'node:fs/promises';

const TICK_US = 10_000;

/** Call it where the work begins, and its answer where it ends. */
export async function cpuMeter(database: string): Promise<(lives: number) => Promise<Record<string, number>>> {
  const own = process.cpuUsage();
  const before = await postgresTicks(database);
  return async lives => {
    const { user, system } = process.cpuUsage(own);
    const ticks = (await postgresTicks(database)) - before;
    return {
      cpu_us_per_life: Math.round((user + system) / lives),
      // Nothing where there is no /proc, or where the database runs on another machine.
      ...(ticks > 0 ? { database_cpu_us_per_life: Math.round((ticks * TICK_US) / lives) } : {}),
    };
  };
}

/** Of the server's processes that serve this database: their titles name it. */
async function postgresTicks(database: string): Promise<number> {
  const processes = (await readdir('/proc').catch((): string[] => [])).filter(name => /^\d+$/.test(name));
  const ticks = await Promise.all(
    processes.map(async pid => {
      const title = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      if (!title.startsWith('postgres: ') || !title.includes(` ${database} `)) return 0;
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
      // After the name in brackets; user and system (proc(5): fields 14 and 15).
      const [user, system] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13);
      return Number(user ?? 0) + Number(system ?? 0);
    }),
  );
  return ticks.reduce((sum, one) => sum + one, 0);
}
