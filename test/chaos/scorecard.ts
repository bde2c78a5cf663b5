/** What a check says of itself, and the table that all of them make. */

export interface Outcome {
  verdict: 'green' | 'red' | 'not run';
  /** What was measured, or why it was not run. */
  detail: string;
  /** In one sentence each: what must not be and was. */
  violations?: readonly string[];
  figures?: Readonly<Record<string, unknown>>;
}

export interface Run {
  seed: number;
  random: () => number;
  /** Random SIGKILLs of the headline; the other checks scale with it. */
  kills: number;
  short: boolean;
  say(line: string): void;
}

export interface Check {
  number: number;
  title: string;
  target: string;
  run(run: Run): Promise<Outcome>;
}

export interface Scored extends Outcome {
  number: number;
  title: string;
  target: string;
  seconds: number;
}

/** Green exactly when nothing that must not be was found. */
export const judged = (violations: readonly string[], detail: string, figures: Outcome['figures'] = {}): Outcome => ({
  verdict: violations.length === 0 ? 'green' : 'red',
  detail,
  violations,
  figures,
});

/** For what the machine lacks: never green, and the reason is told. */
export const notRun = (reason: string): Outcome => ({ verdict: 'not run', detail: reason });

/** Small, seeded, good enough to choose moments; printed with the run so that it can be repeated. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

export async function score(check: Check, run: Omit<Run, 'random'>): Promise<Scored> {
  const began = performance.now();
  const { number, title, target } = check;
  const outcome = await check
    // Its own dice: a check that is run alone does what it does in the whole run.
    .run({ ...run, random: seeded(run.seed * 1_000 + number) })
    .catch((error: unknown): Outcome => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { verdict: 'red', detail: 'it did not come to its end', violations: [text] };
    });
  return { number, title, target, ...outcome, seconds: Math.round((performance.now() - began) / 100) / 10 };
}

export function table(scored: readonly Scored[]): string {
  const marks = { green: 'green  ', red: 'RED    ', 'not run': 'not run' };
  const width = Math.max(...scored.map(one => one.title.length));
  const lines = scored.flatMap(one => [
    `${String(one.number).padStart(2)}  ${marks[one.verdict]}  ${one.title.padEnd(width)}  ${one.detail} (${one.seconds} s)`,
    ...(one.violations ?? []).map(violation => `      ! ${violation}`),
  ]);
  return lines.join('\n');
}
