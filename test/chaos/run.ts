/**
 * `npm run chaos -- [--kills 50] [--seed 1] [--short] [--only 1,5] [--json]`
 * Breaks everything that can be broken and compares the books afterwards. One seed chooses all moments.
 */
import { parseArgs } from 'node:util';
import { CHECKS } from './checks/index.ts';
import { type Scored, score, seeded, table } from './scorecard.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e6)) },
    short: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const whole = (name: 'kills' | 'seed'): number => {
  const value = Number(values[name]);
  if (Number.isInteger(value) && value >= 0) return value;
  console.error(`--${name} is a whole number`);
  process.exit(2);
};
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
for (const check of chosen) {
  say(`\n${check.number}. ${check.title}: ${check.target}`);
  const one = await score(check, { seed, random: seeded(seed), kills, short, say: line => say(`   ${line}`) });
  say(`   ${one.verdict}: ${one.detail}`);
  for (const violation of one.violations ?? []) say(`   ! ${violation}`);
  scored.push(one);
}
if (values.json) console.log(JSON.stringify({ seed, kills, short, checks: scored }, null, 2));
else console.log(`\n${table(scored)}\n`);
process.exit(scored.some(one => one.verdict === 'red') ? 1 : 0);
