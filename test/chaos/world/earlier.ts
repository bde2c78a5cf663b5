/** The program of before a migration, out of the repository's own history. */
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readMigrations } from '#db/migrate.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export interface EarlierProgram {
  entry: string;
  commit: string;
  close(): Promise<void>;
}

/** The last one that knew exactly the first `known` migrations, as they are today; or why there is none. */
export async function earlierProgram(known: number): Promise<EarlierProgram | string> {
  const migrations = await readMigrations();
  const next = migrations[known];
  if (!next) return `there is no migration ${known + 1}`;
  const file = (number: number, name: string) => `src/db/migrations/${String(number).padStart(4, '0')}_${name}.sql`;
  const added = git('log', '--diff-filter=A', '--format=%H', '-n', '1', '--', file(next.number, next.name));
  if (!added) return `the history that brought migration ${next.number} is not here`;
  const commit = git('rev-parse', `${added}^1`);
  if (!commit) return `what was before migration ${next.number} is not here`;
  const folder = await mkdtemp(join(tmpdir(), 'tidings-chaos-earlier-'));
  await chmod(folder, 0o711);
  const close = () => rm(folder, { recursive: true, force: true });
  const archive = join(folder, 'earlier.tar');
  const made = git('archive', '--output', archive, commit) !== undefined;
  if (!made || spawnSync('tar', ['-xf', archive, '-C', folder]).status !== 0) {
    await close();
    return `the program of ${commit.slice(0, 7)} could not be unpacked`;
  }
  for (const { number, name, sql } of migrations.slice(0, known)) {
    const then = await readFile(join(folder, file(number, name)), 'utf8').catch(() => '');
    if (then === sql) continue;
    await close();
    return `migration ${number} was edited since ${commit.slice(0, 7)}, as long as nothing is released it may be`;
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return { entry: join(folder, 'bin', 'tidings.mjs'), commit: commit.slice(0, 7), close };
}

function git(...args: string[]): string | undefined {
  const run = spawnSync('git', ['-C', ROOT, ...args], { encoding: 'utf8' });
  return run.status === 0 ? run.stdout.trim() : undefined;
}
