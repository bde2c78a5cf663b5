import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { startEmbedded } from '../embedded.ts';
import { backendsOn, look, waitUntil } from './process-table.ts';
import { atEnd, isRoot, killAtOnce, query, runTidings, temporaryFolder } from './running-tidings.ts';

/** Starts over what a killed run left, and gives back what was said. */
async function startAgain(t: TestContext, dataDir: string) {
  const said: string[] = [];
  const begun = performance.now();
  const database = await startEmbedded({ dataDir, say: line => said.push(line) });
  t.diagnostic(`started over it in ${Math.round(performance.now() - begun)} ms`);
  atEnd(t, database.stop);
  return { database, said: said.join('\n') };
}

// Mostly waiting for disks and for processes to end: two at a time took 6 s in place of 12.
describe('what a killed run leaves', { concurrency: 2 }, () => {
  test('after kill -9 of everything at once, every acknowledged row is there', async t => {
    const dataDir = join(temporaryFolder(t), 'data');
    const running = await runTidings(t, dataDir, { work: 'insert' });
    const acknowledged = () =>
      running.reported.flatMap(report => ('acknowledged' in report ? [report['acknowledged']] : []));
    assert.ok(await waitUntil(() => acknowledged().length > 300, 10_000));
    await killAtOnce(running, running.tree());
    const { database, said } = await startAgain(t, dataDir);
    assert.match(said, /recovering from its log/);
    const [found] = await query<{ count: number; max: number }>(database, 'select count(*)::int, max(id) from row');
    // One more may have been committed whose answer did not come out any more.
    assert.ok(
      found!.count >= Number(acknowledged().at(-1)),
      `${found!.count} rows for ${acknowledged().at(-1)} answers`,
    );
    assert.equal(found!.max, found!.count);
  });

  test('after kill -9 of Tidings alone, the supervisor stops the server, and a start at once waits for that', async t => {
    const dataDir = join(temporaryFolder(t), 'data');
    const running = await runTidings(t, dataDir);
    await killAtOnce(running, [running.child.pid!]);
    const { database, said } = await startAgain(t, dataDir);
    assert.doesNotMatch(said, /recovering|still serving/, 'it was a proper shutdown');
    assert.notEqual(look(running.serverPid).life, 'alive');
    assert.deepEqual(await query(database, 'select 1 as alive'), [{ alive: 1 }]);
  });

  test('a living orphan is stopped and taken over', async t => {
    const dataDir = join(temporaryFolder(t), 'data');
    const running = await runTidings(t, dataDir);
    const [tidings, supervisor] = running.tree();
    await killAtOnce(running, [tidings!, supervisor!]);
    assert.equal(look(running.serverPid).life, 'alive');
    const { said } = await startAgain(t, dataDir);
    assert.match(said, new RegExp(`process ${running.serverPid}\\) is still serving this data`));
    assert.notEqual(look(running.serverPid).life, 'alive');
  });

  test('a Tidings whose supervisor was killed keeps its server to itself, learns of it, and can stop it', async t => {
    const dataDir = join(temporaryFolder(t), 'data');
    const database = await startEmbedded({ dataDir, say: () => {} });
    const supervisor = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${database.serverPid}/status`, 'utf8'))![1]);
    process.kill(supervisor, 'SIGKILL');
    assert.match(await database.ended, /supervisor .* ended \(SIGKILL\)/);
    await assert.rejects(runTidings(t, dataDir), new RegExp(`Another Tidings .process ${process.pid}.`));
    assert.deepEqual(await query(database, 'select 1 as alive'), [{ alive: 1 }]);
    await database.stop();
    rmSync(database.connection.host, { recursive: true });
    // Its last breath is after it has let go of its files.
    assert.ok(await waitUntil(() => look(database.serverPid).life !== 'alive', 5_000));
  });

  test('server processes that outlive their postmaster are waited for', {
    skip: process.platform !== 'linux',
  }, async t => {
    const dataDir = join(temporaryFolder(t), 'data');
    const running = await runTidings(t, dataDir, { work: 'compute' });
    assert.ok(await waitUntil(() => running.reported.some(report => 'backend' in report), 5_000));
    const [tidings, supervisor] = running.tree();
    await killAtOnce(running, [tidings!, supervisor!, running.serverPid]);
    assert.ok(backendsOn(join(dataDir, 'postgres', 'data')).length > 0);
    const { database, said } = await startAgain(t, dataDir);
    assert.match(said, /Waiting for \d+ PostgreSQL processes of an earlier run/);
    assert.deepEqual(await query(database, 'select 1 as alive'), [{ alive: 1 }]);
  });

  for (const kind of ['a living stranger', 'a zombie'] as const) {
    test(`a stale postmaster.pid with the number of ${kind} is no obstacle, and nobody is killed`, async t => {
      const dataDir = join(temporaryFolder(t), 'data');
      const running = await runTidings(t, dataDir);
      const pidFile = join(dataDir, 'postgres', 'data', 'postmaster.pid');
      const lines = readFileSync(pidFile, 'utf8').split('\n');
      await killAtOnce(running, running.tree());
      const { stranger, pid } = await startStranger(t, kind === 'a zombie');
      const owner = statSync(pidFile);
      writeFileSync(pidFile, [String(pid), ...lines.slice(1)].join('\n'));
      if (isRoot) chownSync(pidFile, owner.uid, owner.gid);
      const { database, said } = await startAgain(t, dataDir);
      assert.match(said, new RegExp(`process ${pid} is (dead|not a PostgreSQL on this data)`));
      assert.deepEqual(await query(database, 'select 1 as alive'), [{ alive: 1 }]);
      assert.equal(stranger.exitCode ?? stranger.signalCode, null);
    });
  }
});

/** Of the same user as the server: PostgreSQL itself passes over the processes of others. */
async function startStranger(t: TestContext, zombie: boolean): Promise<{ stranger: ChildProcess; pid: number }> {
  // The shell becomes a sleep, which never asks how the child ended that the shell left it.
  const script = zombie ? 'sleep 0.05 & echo $!; exec sleep 60' : 'echo $$; exec sleep 60';
  const identity = isRoot ? { uid: 65534, gid: 65534 } : {};
  const stranger = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'inherit'], ...identity });
  atEnd(t, () => stranger.kill('SIGKILL'));
  const [chunk] = await once(stranger.stdout!, 'data');
  const pid = Number(String(chunk));
  if (zombie) assert.ok(await waitUntil(() => look(pid).life === 'zombie', 2_000));
  return { stranger, pid };
}
