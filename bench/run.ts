/**
 * `npm run bench -- [floor|pipeline|webhooks|batches|api|otp|workers|pace|scale|memory|start|all] [--json] [--lives N] [--rounds N]`
 * Every figure of speed is a ratio to the floor of the same run: machines differ and are noisy, the ratio holds. Each
 * contender runs in a process of its own against one PostgreSQL and one emulator, in turns.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { openStage, type Stage } from './stage.ts';

export interface Result {
  name: string;
  value: number;
  unit: string;
  ratio_to_floor?: number;
  p50_ms?: number;
  p99_ms?: number;
  [detail: string]: unknown;
}

/** In the order in which `all` runs them. */
const NAMES = ['floor', 'pipeline', 'webhooks', 'batches', 'api', 'otp', 'workers', 'pace', 'scale', 'memory', 'start'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    lives: { type: 'string', default: '12000' },
    rounds: { type: 'string', default: '3' },
  },
});
const asked = positionals.length === 0 || positionals.includes('all') ? NAMES : positionals;
const unknown = asked.find(name => !NAMES.includes(name));
if (unknown !== undefined) {
  console.error(`there is no bench "${unknown}": ${NAMES.join(', ')} or all`);
  process.exit(1);
}
const lives = Number(values.lives);
const rounds = Number(values.rounds);
/** For people. With --json nothing but results goes to standard output, so that a program can read them. */
const say = (line: string) => values.json || console.log(line);

/** And not the mean: one minute in which the machine had something else to do spoils a mean. */
const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

function report(result: Result): void {
  if (values.json) console.log(JSON.stringify(result));
  else {
    const { name, value, unit, ratio_to_floor: ratio, ...rest } = result;
    const details = Object.entries(rest).map(
      ([key, detail]) => `${key} ${typeof detail === 'number' ? Math.round(detail * 100) / 100 : detail}`,
    );
    console.log(
      `${name.padEnd(10)} ${value < 10 ? Math.round(value * 100) / 100 : Math.round(value).toLocaleString('en')} ${unit}${ratio === undefined ? '' : `, ${ratio.toFixed(2)} of the floor`}${details.length > 0 ? ` (${details.join(', ')})` : ''}`,
    );
  }
}

/** Floor and pipeline in turns, so that a noisy minute hurts both. */
async function pipelineAgainstFloor(stage: Stage, withPipeline: boolean): Promise<void> {
  const floor: number[] = [];
  const pipeline: number[] = [];
  const last: Record<'floor' | 'pipeline', Record<string, unknown>> = { floor: {}, pipeline: {} };
  for (let round = 1; round <= rounds; round += 1) {
    const { value: bare, ...beside } = await stage.run('floor', { lives });
    floor.push(bare);
    last.floor = beside;
    say(`  round ${round}: floor ${Math.round(bare)} lives a second`);
    if (!withPipeline) continue;
    const { value, ...details } = await stage.run('pipeline', { lives });
    // The ratio is of this round's floor, a moment ago on the same machine, and of no other.
    pipeline.push(value);
    last.pipeline = details;
    say(`  round ${round}: pipeline ${Math.round(value)} lives a second (${(value / bare).toFixed(2)})`);
  }
  report({ name: 'floor', value: median(floor), unit: 'lives a second', ...last.floor });
  if (withPipeline) {
    const ratio = median(pipeline.map((value, index) => value / floor[index]!));
    report({
      name: 'pipeline',
      value: median(pipeline),
      unit: 'lives a second',
      ratio_to_floor: ratio,
      ...last.pipeline,
    });
  }
}

const stage = await openStage(say);
try {
  say(
    `${cpus().length} cores, ${cpus()[0]?.model}, node ${process.version}, PostgreSQL ${stage.postgres}, ${lives} lives a round`,
  );
  if (asked.includes('floor') || asked.includes('pipeline'))
    await pipelineAgainstFloor(stage, asked.includes('pipeline'));
  // Without a floor: what they are held against is a rate that was asked for, or what the platform demands.
  for (const name of NAMES.slice(2)) {
    if (!asked.includes(name)) continue;
    const batches = name === 'batches';
    const { value, unit, ...details } = await stage.run(batches ? 'webhooks' : name, {
      lives,
      ...(batches ? { perPost: 100 } : {}),
    });
    report({ name, value, unit: String(unit), ...details });
  }
} finally {
  await stage.close();
}
