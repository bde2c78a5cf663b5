/**
 * What is known about a process by its number. A number alone proves nothing (it is given again, and after a reboot
 * soon), so whoever waits for or signals a process that is not its child asks here first who that is.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

interface ProcessView {
  /** A zombie runs nothing and holds nothing, but `kill(pid, 0)` finds it: PostgreSQL takes it for alive. */
  life: 'gone' | 'zombie' | 'alive';
  /** Same pid and same start: same process. Empty when gone. */
  started: string;
  /** Undefined when it cannot be read: then nothing may be concluded from it. */
  command: string[] | undefined;
  folder: string | undefined;
}

const GONE: ProcessView = { life: 'gone', started: '', command: undefined, folder: undefined };
const PROC = existsSync('/proc/self/stat');

export function look(pid: number): ProcessView {
  return PROC ? lookInProc(pid) : lookWithPs(pid);
}

function lookInProc(pid: number): ProcessView {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  if (stat === undefined) return GONE;
  // The second field is the name in parentheses and may hold spaces and parentheses itself: count from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const command = attempt(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0'));
  return {
    life: fields[0] === 'Z' || fields[0] === 'X' ? 'zombie' : 'alive',
    // Ticks since boot repeat from boot to boot (a unit starts at the same moment each time), hence the boot's id.
    started: `${fields[19]}@${bootId()}`,
    command,
    folder: attempt(() => readlinkSync(`/proc/${pid}/cwd`)),
  };
}

function bootId(): string {
  return attempt(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()) ?? '';
}

/** macOS. `ps` joins the arguments with spaces; only our own way of starting the server is taken apart again. */
function lookWithPs(pid: number): ProcessView {
  const line = spawnSync('/bin/ps', ['-ww', '-o', 'stat=,lstart=,command=', '-p', String(pid)])
    .stdout?.toString()
    .trim();
  const parts = /^(\S+)\s+(\S+\s+\S+\s+\d+\s+[\d:]+\s+\d+)\s+(.*)$/s.exec(line ?? '');
  if (!parts) return GONE;
  const ours = /^(.*\/postgres) -D (.*) -k /s.exec(parts[3]!);
  return {
    life: parts[1]!.startsWith('Z') ? 'zombie' : 'alive',
    started: parts[2]!,
    command: ours ? [ours[1]!, '-D', ours[2]!] : [parts[3]!],
    folder: undefined,
  };
}

/** Is this a postmaster that works on `cluster`? Its children have other titles ("postgres: checkpointer"). */
export function isServerOn(view: ProcessView, cluster: string): boolean {
  if (view.life !== 'alive' || basename(view.command?.[0] ?? '') !== 'postgres') return false;
  return view.folder === cluster || view.command?.[view.command.indexOf('-D') + 1] === cluster;
}

/** Server processes that outlived their postmaster: they stand in the cluster's folder and are called "postgres: …". */
export function backendsOn(cluster: string): number[] {
  if (!PROC) return [];
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  return pids.filter(pid => {
    if (attempt(() => readlinkSync(`/proc/${pid}/cwd`)) !== cluster) return false;
    const view = look(pid);
    return view.life === 'alive' && (view.command?.[0] ?? '').startsWith('postgres: ');
  });
}

/** Asks every 20 ms: processes that are not our children send no event when they end. */
export async function waitUntil(test: () => boolean, limitMs: number): Promise<boolean> {
  const until = performance.now() + limitMs;
  while (!test()) {
    if (performance.now() > until) return false;
    await sleep(20);
  }
  return true;
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
