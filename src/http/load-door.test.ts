/** The bound on sends under way, against a machine of words: time passes as the test says, and so does work. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLoadDoor } from './load-door.ts';

interface Wanted {
  /** Requests a second that come, by the second. */
  coming: (second: number) => number;
  /** Requests a second that can be answered, in the order of their coming. */
  capacity: (second: number) => number;
  seconds: number;
  /** Everybody is let in. */
  doorless?: true;
}

/** Millisecond by millisecond; answers how long each that was let in has waited, and when somebody was refused. */
function live({ coming, capacity, seconds, doorless }: Wanted) {
  let now = 1_000_000;
  const from = now;
  const door = createLoadDoor({ machine: () => now });
  const line: { at: number; leave: () => void }[] = [];
  const waited: { at: number; ms: number }[] = [];
  const refusedAt: number[] = [];
  let come = 0;
  let done = 0;
  for (; now < from + seconds * 1_000 || line.length > 0; now += 1) {
    const second = (now - from) / 1_000;
    done = line.length === 0 ? Math.min(1, done) : done + capacity(second) / 1_000;
    for (; done >= 1 && line.length > 0; done -= 1) {
      const { at, leave } = line.shift()!;
      leave();
      waited.push({ at: (at - from) / 1_000, ms: now - at });
    }
    if (second < seconds) come += coming(second) / 1_000;
    for (; come >= 1; come -= 1) {
      const leave = doorless ? () => {} : door.enter();
      if (leave) line.push({ at: now, leave });
      else refusedAt.push(second);
    }
  }
  return { door, waited, refusedAt };
}

const p99 = (waited: readonly { ms: number }[]) =>
  waited.map(one => one.ms).sort((one, other) => one - other)[Math.floor(waited.length * 0.99)]!;

for (const capacity of [400, 1_000, 4_000])
  test(`three times what can be taken (${capacity} a second): those who are let in are answered in time, and nobody idles`, () => {
    const { waited, refusedAt, door } = live({ coming: () => 3 * capacity, capacity: () => capacity, seconds: 20 });
    assert.ok(p99(waited) <= 250, `${p99(waited)} ms`);
    assert.ok(waited.length >= 0.9 * capacity * 20, `${waited.length} were taken`);
    assert.equal(door.refused(), refusedAt.length);
    assert.equal(door.inside(), 0);
  });

test('the control: without a door the same load waits for minutes', () => {
  const { waited } = live({ coming: () => 3_000, capacity: () => 1_000, seconds: 20, doorless: true });
  assert.ok(p99(waited) > 30_000, `${p99(waited)} ms`);
});

test('a load that can be taken is never refused, be it nine tenths of what is possible', () => {
  assert.deepEqual(live({ coming: () => 900, capacity: () => 1_000, seconds: 20 }).refusedAt, []);
});

test('a burst out of nothing, which is taken within a third of a second, is let in whole', () => {
  const burst = (second: number) => (second >= 1 && second < 1.05 ? 6_000 : 5);
  assert.deepEqual(live({ coming: burst, capacity: () => 1_000, seconds: 3 }).refusedAt, []);
});

test('one that hangs is nobody’s overload: few are always let in beside it', () => {
  let now = 0;
  const door = createLoadDoor({ machine: () => now });
  door.enter();
  for (now = 1_000; now < 60_000; now += 10) {
    const others = Array.from({ length: 20 }, () => door.enter());
    assert.ok(others.every(Boolean));
    for (const leave of others) leave!();
  }
});

test('when the load goes back nobody is refused a second later, nor while nothing happens', () => {
  const { refusedAt, waited } = live({
    coming: second => (second < 10 ? 3_000 : 500),
    capacity: () => 1_000,
    seconds: 30,
  });
  assert.ok(refusedAt.length > 0);
  assert.ok(Math.max(...refusedAt) < 11, `refused at ${Math.max(...refusedAt)} s`);
  assert.ok(p99(waited.filter(one => one.at > 11)) < 50);
});

test('a machine that stands still and lives again takes what waits, and then everybody', () => {
  const { refusedAt } = live({
    coming: () => 500,
    capacity: second => (second > 5 && second < 8 ? 0 : 1_000),
    seconds: 30,
  });
  assert.ok(refusedAt.length > 0);
  assert.ok(Math.min(...refusedAt) > 5 && Math.max(...refusedAt) < 10, `until ${Math.max(...refusedAt)} s`);
});

test('a clock that is set back by hours holds nobody out', () => {
  let now = 10 * 3_600_000;
  const door = createLoadDoor({ machine: () => now });
  const inside = Array.from({ length: 100 }, () => door.enter());
  now += 200;
  assert.equal(door.enter(), undefined, 'the bound is drawn');
  now -= 2 * 3_600_000;
  for (const leave of inside) leave?.();
  for (let passed = 0; passed < 3_000; passed += 10) {
    now += 10;
    door.enter()?.();
  }
  assert.ok(Array.from({ length: 200 }, () => door.enter()).every(Boolean));
});
