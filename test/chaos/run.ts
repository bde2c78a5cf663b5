/**
 * `npm run chaos -- [--kills 50] [--seed 1] [--short] [--only 1,5] [--json]`
 * Breaks everything that can be broken and compares the books afterwards. One seed chooses all moments.
 * `npm run chaos -- --simulate 100000 [--seed 0]` lives as many simulated lives instead, from that seed on.
 */
import { parseArgs } from 'node:util';
import { openScratch } from '../scratch.ts';
import { CHECKS } from './checks/index.ts';
import { type Scored, score, table } from './scorecard.ts';
import { reportSimulation } from './simulation/simulate.ts';
import { shareMould } from './world/postgres.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
    simulate: { type: 'string' },
  },
});
const whole = (name: 'kills' | 'seed' | 'simulate'): number => {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 0) return value;
  console.error(`--${name} is a whole number`);
  process.exit(2);
};
if (values.simulate !== undefined)
  process.exit(reportSimulation(whole('simulate'), whole('seed'), console.log) ? 0 : 1);
const only = values.only?.split(',').map(Number);
const chosen = CHECKS.filter(check => !only || only.includes(check.number));
if (chosen.length === 0) {
  console.error(`there is no such check: ${CHECKS.map(check => check.number).join(', ')}`);
  process.exit(2);
}
const seed = whole('seed');
const short = values.short;
const kills = short ? Math.min(3, whole('kills')) : whole('kills');
/** With --json nothing but the scorecard goes to standard output. */
const say = (line: string) => (values.json ? console.error(line) : console.log(line));

say(
  `seed ${seed}${short ? ', the short form' : ''}: npm run chaos -- --seed ${seed}${short ? ' --short' : ` --kills ${kills}`}`,
);
const scored: Scored[] = [];
/** The short form kills processes, and no file system notices; the long one measures, and is to flush to a disk. */
const scratch = short ? openScratch() : undefined;
if (scratch) {
  process.env['TMPDIR'] = scratch.folder;
  shareMould();
}
/** In the short form most checks wait more than they work; the long ones measure, and want the machine for themselves. */
const AT_ONCE = short ? 4 : 1;
/** What waits longest, for leases that run out after a kill, begins first: the others fill its pauses. */
const LONGEST = [4, 1, 2, 16, 3, 7, 14, 15, 19, 6, 8, 11];
const place = ({ number }: (typeof chosen)[number]) =>
  short && LONGEST.includes(number) ? LONGEST.indexOf(number) : LONGEST.length;
const waiting = chosen.toSorted((one, other) => place(one) - place(other));
const runner = async () => {
  for (let check = waiting.shift(); check; check = waiting.shift()) {
    const { number } = check;
    say(`\n${number}. ${check.title}: ${check.target}`);
    const one = await score(check, { seed, kills, short, say: line => say(`   ${number}. ${line}`) });
    say(`   ${number}. ${one.verdict}: ${one.detail}`);
    for (const violation of one.violations ?? []) say(`   ${number}. ! ${violation}`);
    scored.push(one);
  }
};
await Promise.all(Array.from({ length: AT_ONCE }, runner));
scored.sort((one, other) => one.number - other.number);
if (values.json) console.log(JSON.stringify({ seed, kills, short, checks: scored }, null, 2));
else console.log(`\n${table(scored)}\n`);
scratch?.close();
process.exit(scored.some(one => one.verdict === 'red') ? 1 : 0);
