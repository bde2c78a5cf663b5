/**
 * A provider that exists only in the simulation. It accepts, refuses, is out of reach, answers late or never, and tells
 * of what it took: late, twice, in disorder, or not at all. Its list of copies is the witness of each life.
 */

import { HTTP_TIMEOUT_MS } from '../../../src/core/messages/gate.ts';
import type { Candidate, ErrorClass, Receipt, SendOutcome } from '../../../src/core/provider.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../src/lib/clock.ts';
import type { Dice } from './dice.ts';
import type { Timeline } from './timeline.ts';

export interface Copy {
  message: string;
  attempt: number;
  providerId: string;
  text: string;
  at: number;
  /** What comes of it: on the phone, refused later on, or taken and never seen again. */
  fate: 'arrives' | 'fails' | 'vanishes';
}

export interface FakeProvider {
  copies: Copy[];
  /** Whether it can be asked what became of a send. */
  tells: boolean;
  send(message: string, attempt: number, text: string): { outcome: SendOutcome; afterMs: number };
  /** All that it has of the person since then, whichever message it was. */
  lookUp(since: number): Candidate[] | 'unavailable';
}

type Definite = Exclude<ErrorClass, 'unclear'>;
const NOES: readonly Definite[] = [
  'busy',
  'busy',
  'pair',
  'later',
  'later',
  'held-back',
  'invalid',
  'undeliverable',
  'stopped',
  'opted-out',
  'window-closed',
  'template-paused',
  'template-gone',
  'sender-blocked',
];

export function openProvider(dice: Dice, timeline: Timeline, tell: (receipt: Receipt) => void): FakeProvider {
  const copies: Copy[] = [];
  const tells = dice.chance(0.4);
  /** Some lives are quiet, in some nearly everything goes wrong. */
  const trouble = dice.pick([0.1, 0.3, 0.6]);
  const refuses = dice.pick([0.05, 0.2, 0.5, 1]);
  /** Some providers only ever say "not now". */
  const noes = dice.chance(0.7) ? NOES : NOES.slice(0, 5);
  const drops = dice.pick([0, 0.05, 0.3, 1]);

  const take = (message: string, attempt: number, text: string) => {
    const fate = dice.chance(0.75) ? 'arrives' : dice.pick(['fails', 'vanishes'] as const);
    const copy: Copy = { message, attempt, providerId: `${message}/${attempt}`, text, at: timeline.now(), fate };
    copies.push(copy);
    for (const receipt of wordsOf(copy, dice)) {
      if (dice.chance(drops)) continue;
      const times = dice.chance(0.2) ? dice.between(2, 3) : 1;
      for (let time = 0; time < times; time += 1) timeline.after(lateness(dice), () => tell(receipt));
    }
    return { kind: 'accepted', providerId: copy.providerId } as const;
  };
  const no = (): SendOutcome => ({
    kind: 'rejected',
    class: dice.pick(noes),
    code: String(dice.between(1, 9)),
    detail: 'no',
    ...(dice.chance(0.3) ? { retryAfterMs: dice.between(1, 90) * SECOND_MS } : {}),
  });
  const doubt = { kind: 'uncertain', detail: 'no answer' } as const;
  return {
    copies,
    tells,
    send: (message, attempt, text) => {
      const soon = dice.between(5, 800);
      if (!dice.chance(trouble)) {
        if (dice.chance(refuses)) return { outcome: no(), afterMs: soon };
        return { outcome: take(message, attempt, text), afterMs: soon };
      }
      switch (dice.between(1, 6)) {
        case 1:
          return { outcome: { kind: 'unreached', detail: 'nobody there' }, afterMs: soon };
        case 2:
          // Nothing of it was ever taken, and nobody says so.
          return { outcome: doubt, afterMs: HTTP_TIMEOUT_MS };
        case 3:
          take(message, attempt, text);
          return { outcome: doubt, afterMs: soon };
        case 4:
          take(message, attempt, text);
          return { outcome: doubt, afterMs: HTTP_TIMEOUT_MS };
        case 5:
          // It lies somewhere on the way, and is taken when nobody waits for the answer any more.
          timeline.after(dice.between(1, 90) * SECOND_MS, () => take(message, attempt, text));
          return { outcome: doubt, afterMs: HTTP_TIMEOUT_MS };
        default:
          return { outcome: take(message, attempt, text), afterMs: dice.between(1, 9) * SECOND_MS };
      }
    },
    lookUp: since => {
      if (dice.chance(0.2)) return 'unavailable';
      return copies
        .filter(copy => copy.at >= since)
        .map(({ providerId, text, fate }) => ({
          providerId,
          text: dice.chance(0.9) ? text : null,
          outcome:
            fate === 'fails' && dice.chance(0.5)
              ? { kind: 'rejected', class: 'undeliverable', code: '7', detail: 'no' }
              : { kind: 'accepted', providerId },
        }));
    },
  };
}

/** Of one that fails nothing is said that would contradict it. */
function wordsOf({ message, attempt, providerId, at, fate }: Copy, dice: Dice): Receipt[] {
  if (fate === 'vanishes') return dice.chance(0.5) ? [] : [receipt('sent')];
  if (fate === 'arrives')
    return [receipt('sent'), receipt('delivered'), ...(dice.chance(0.5) ? [receipt('read')] : [])];
  const kind: ErrorClass = dice.pick([...NOES, 'unclear', 'unclear']);
  const error = { class: kind, code: String(dice.between(1, 9)), detail: 'no' };
  return [...(dice.chance(0.5) ? [receipt('sent')] : []), { ...receipt('failed'), error }];

  function receipt(status: Receipt['status']): Receipt {
    // Without our own words only the provider's id says whose it is.
    const correlation = dice.chance(0.8) ? `${message}.${attempt}` : undefined;
    const step = ['sent', 'delivered', 'read', 'failed'].indexOf(status);
    return { kind: 'receipt', providerId, correlation, status, at: at + 1 + step * 1_000 };
  }
}

const lateness = (dice: Dice): number =>
  dice.chance(0.8)
    ? dice.between(0, 2_500)
    : dice.pick([dice.between(1, 20) * SECOND_MS, dice.between(1, 20) * MINUTE_MS, HOUR_MS * 3, 2 * DAY_MS]);
