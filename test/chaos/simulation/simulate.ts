/** Many lives, one seed each. */
import { iso } from '../../../src/lib/clock.ts';
import { type Lived, live } from './life.ts';

export interface Simulated {
  lives: number;
  messages: number;
  copies: number;
  doubted: number;
  closed: number;
  failed: Lived[];
}

/** For the command line; answers whether all was well. A single life is told whole. */
export function reportSimulation(count: number, firstSeed: number, say: (line: string) => void): boolean {
  const began = performance.now();
  const sum = simulate(count, firstSeed, done => say(`${done} lives`));
  if (count === 1) for (const line of story(live(firstSeed))) say(line);
  for (const { seed, violations } of sum.failed) {
    say(`RED  seed ${seed}: npm run chaos -- --simulate 1 --seed ${seed}`);
    for (const violation of violations) say(`     ! ${violation}`);
  }
  const seconds = ((performance.now() - began) / 1_000).toFixed(1);
  const figures = `${sum.messages} messages, ${sum.copies} copies taken, ${sum.doubted} ever unknown, ${sum.closed} for good`;
  say(
    `${sum.failed.length === 0 ? 'green' : 'RED'}  ${sum.lives} lives from seed ${firstSeed}: ${figures} (${seconds} s)`,
  );
  return sum.failed.length === 0;
}

/** At most so many failing lives are kept: the first one is what is looked at. */
const MOST_FAILED = 10;

export function simulate(count: number, firstSeed: number, progress: (done: number) => void = () => {}): Simulated {
  const sum: Simulated = { lives: 0, messages: 0, copies: 0, doubted: 0, closed: 0, failed: [] };
  for (let seed = firstSeed; seed < firstSeed + count && sum.failed.length < MOST_FAILED; seed += 1) {
    const lived = live(seed);
    sum.lives += 1;
    sum.messages += lived.messages.length;
    sum.copies += lived.copies;
    sum.doubted += lived.doubted;
    sum.closed += lived.open;
    if (lived.violations.length > 0) sum.failed.push(lived);
    if (sum.lives % 10_000 === 0) progress(sum.lives);
  }
  return sum;
}

/** A failing life, to be read: what was done to each row, and where it led. */
export const story = ({ messages }: Lived): string[] =>
  messages.flatMap(({ id, purpose, journal }) =>
    journal
      .filter(entry => entry.changed)
      .map(({ at, operation, row }) => {
        const { kind, ...rest } = operation;
        return `${iso(at)} ${id} ${purpose} ${kind} → ${row.state} ${JSON.stringify(rest)}`;
      }),
  );
