import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { capsFor, fits, nextRoom } from './caps.ts';

const HOUR = 3_600_000;
const cap = (most: number, per: string) => capsFor({ promo: [{ most, per }] }, 'promo')[0]!;

test('what is planned for the far future takes nothing from today, and what is planned for soon does', () => {
  const weekly = cap(1, 'P7D');
  assert.ok(fits(weekly, [35 * 24 * HOUR], 0));
  assert.ok(!fits(weekly, [3 * 24 * HOUR], 0));
  assert.equal(nextRoom([weekly], [3 * 24 * HOUR], 0), 10 * 24 * HOUR, 'after the one that is planned');
  assert.equal(nextRoom([cap(2, 'PT4H')], [-HOUR, -HOUR / 2], 0), 3 * HOUR);
});

test('whatever was sent and is planned, with one more there are never too many in any span, and none fits sooner', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 8 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer({ min: 1, max: 6 }),
      (hours, most, span) => {
        const caps = [cap(most, `PT${span}H`)];
        // Only what keeps the cap itself may be there already.
        const others: number[] = [];
        for (const hour of hours) if (fits(caps[0]!, others, hour * HOUR)) others.push(hour * HOUR);
        const opens = nextRoom(caps, others, 0);
        const all = [...others, opens];
        for (const start of all) assert.ok(all.filter(at => at >= start && at < start + span * HOUR).length <= most);
        for (let hour = 0; hour * HOUR < opens; hour += 1) assert.ok(!fits(caps[0]!, others, hour * HOUR));
      },
    ),
  );
});
