import { iso } from '#lib/clock.ts';
import type { Rule } from '../decision.ts';
import { hasQuietHours, nextOpen, quietHoursFor, zonesFor } from '../quiet.ts';

/** Judged after whatever else asks to wait: a limit that ends at three in the night is no reason to wake anybody. */
export const quietHoursRule: Rule = (intent, { person, settings }, now) => {
  const { purpose } = intent;
  if (!hasQuietHours(purpose)) return { verdict: 'pass', detail: 'this kind of message is expected at any hour' };
  const quiet = quietHoursFor(settings.quietHours, purpose, person.country);
  if (quiet === null) return { verdict: 'pass', detail: 'no quiet hours are set for this kind of message' };
  const zones = zonesFor(person, settings.zone);
  const place = zones.length === 1 ? zones[0]! : `all ${zones.length} zones of ${person.country}`;
  const hours = `${quiet.start} to ${quiet.end}${quiet.days_off?.length ? ` and all ${quiet.days_off.join(', ')}` : ''}`;
  const at = Math.max(now, intent.dueAt);
  const opens = nextOpen(quiet, zones, at);
  if (opens === at) return { verdict: 'pass', detail: `not within the quiet hours (${hours}) in ${place}` };
  if (opens === undefined || opens >= intent.expiresAt)
    return {
      verdict: 'refuse',
      reason: 'quiet_hours_exceed_expiry',
      detail: `quiet hours (${hours}) in ${place} last longer than the message is of use`,
      change: 'a later expiry, an earlier send, or other quiet hours in the settings',
    };
  return {
    verdict: 'later',
    notBefore: opens,
    detail: `quiet hours (${hours}) in ${place} end at ${iso(opens)}`,
    change: 'it goes by itself when they end',
  };
};
