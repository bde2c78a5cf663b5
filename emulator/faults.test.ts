import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FaultSettings, Faults, readFaults } from './faults.ts';

function drawn(settings: FaultSettings, times: number): boolean[] {
  const faults = new Faults();
  faults.set(settings);
  return Array.from({ length: times }, () => faults.strikes('accept_then_hang'));
}

test('true strikes always, a count the next times only, a rate now and then', () => {
  assert.deepEqual(drawn({ accept_then_hang: true }, 3), [true, true, true]);
  assert.deepEqual(drawn({ accept_then_hang: { next: 1 } }, 3), [true, false, false]);
  assert.deepEqual(drawn({ accept_then_hang: 2 }, 3), [true, true, false]);
  const some = drawn({ accept_then_hang: 0.3 }, 1_000).filter(Boolean).length;
  assert.ok(some > 240 && some < 360, `${some} of 1000`);
});

test('the same seed annoys the same requests', () => {
  assert.deepEqual(drawn({ accept_then_hang: 0.5, seed: 7 }, 50), drawn({ accept_then_hang: 0.5, seed: 7 }, 50));
  assert.notDeepEqual(drawn({ accept_then_hang: 0.5, seed: 7 }, 50), drawn({ accept_then_hang: 0.5, seed: 8 }, 50));
});

test('setting faults replaces the ones before, and what is used up is no longer shown', () => {
  const faults = new Faults();
  faults.set({ error_rate: 1, code: 131016 });
  faults.set({ accept_then_reset: { next: 1 } });
  assert.equal(faults.failsBeforeAcceptance(), false);
  assert.deepEqual(faults.show(), { accept_then_reset: { next: 1 } });
  faults.strikes('accept_then_reset');
  assert.deepEqual(faults.show(), {});
});

test('every mistake in the settings is named', () => {
  const read = readFaults({
    eror_rate: 1,
    error_rate: 2,
    latency_ms: '5',
    drop_webhooks: -1,
    status_batch: 0,
    reorder: 0.2,
  });
  assert.ok('problems' in read);
  assert.deepEqual(
    read.problems.map(problem => problem.path),
    ['eror_rate', 'error_rate', 'latency_ms', 'drop_webhooks', 'status_batch'],
  );
});
