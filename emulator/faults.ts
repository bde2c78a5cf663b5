/** Misbehaviour on demand. Seeded, so that a run that found something can be run again. */

/** `true` = always · a rate from 0 to 1 · a whole number from 2 on, or `{next: n}` = the next n times */
type Chance = { rate: number; next: number };

/**
 * The first three strike after the send stands in the ledger: its caller hangs, is cut off or reads an error, and the
 * message arrives. They are what a service can't tell from a send that never happened. The others trouble its webhooks.
 */
const CHANCES = [
  'accept_then_hang',
  'accept_then_reset',
  'error_after_accept',
  'duplicate_webhooks',
  'drop_webhooks',
  'reorder',
] as const;
/** Before acceptance: nothing is in the ledger, and nothing arrives. */
const RATES = ['error_rate'] as const;
const NUMBERS = ['latency_ms', 'code', 'status_batch', 'seed'] as const;

export type FaultChance = (typeof CHANCES)[number];
export type FaultSettings = { [name in FaultChance]?: boolean | number | { next: number } } & {
  error_rate?: number;
  latency_ms?: number;
  code?: number;
  status_batch?: number;
  seed?: number;
};
type FieldProblem = { path: string; message: string };

const NEVER: Chance = { rate: 0, next: 0 };

export class Faults {
  #settings: FaultSettings = {};
  #chances = new Map<FaultChance, Chance>();
  #random = seededRandom(1);
  /** nothing set: the hot path asks only this */
  quiet = true;
  latencyMs = 0;
  errorRate = 0;
  code: number | undefined;
  statusBatch = 1;

  /** replaces what was in force; nothing given = a well-behaved platform */
  set(settings: FaultSettings): void {
    this.#settings = settings;
    this.#chances = new Map(CHANCES.map(name => [name, toChance(settings[name])]));
    this.#random = seededRandom(settings.seed ?? 1);
    this.latencyMs = settings.latency_ms ?? 0;
    this.errorRate = settings.error_rate ?? 0;
    this.code = settings.code;
    this.statusBatch = settings.status_batch ?? 1;
    // A seed and a size of batches make no trouble by themselves: with them alone the short way stays open.
    this.quiet = Object.keys(settings).every(name => name === 'seed' || name === 'status_batch');
  }

  /** What is left of a `next`, so that a test can see whether it has struck. */
  show(): FaultSettings {
    const shown: FaultSettings = { ...this.#settings };
    for (const [name, chance] of this.#chances) {
      if (chance.next > 0) shown[name] = { next: chance.next };
      else if (shown[name] !== undefined && chance.rate === 0) delete shown[name];
    }
    return shown;
  }

  random(): number {
    return this.#random();
  }

  strikes(name: FaultChance): boolean {
    if (this.quiet) return false;
    const chance = this.#chances.get(name);
    if (!chance) return false;
    if (chance.next > 0) {
      chance.next--;
      return true;
    }
    return chance.rate > 0 && this.#random() < chance.rate;
  }

  /** By the same dice as the chances: one seed repeats all of it. */
  failsBeforeAcceptance(): boolean {
    return this.errorRate > 0 && this.#random() < this.errorRate;
  }
}

export function readFaults(body: Record<string, unknown>): { settings: FaultSettings } | { problems: FieldProblem[] } {
  const problems: FieldProblem[] = [];
  const known: readonly string[] = [...CHANCES, ...RATES, ...NUMBERS];
  for (const [path, value] of Object.entries(body)) {
    if (!known.includes(path)) problems.push({ path, message: `not a fault; there are ${known.join(', ')}` });
    else if (NUMBERS.includes(path as never)) checkNumber(path, value, problems);
    else if (RATES.includes(path as never)) checkRate(path, value, problems);
    else if (!isChance(value)) {
      problems.push({ path, message: 'true, a rate from 0 to 1, a whole number from 2 on, or {"next": n}' });
    }
  }
  return problems.length > 0 ? { problems } : { settings: body as FaultSettings };
}

function checkNumber(path: string, value: unknown, problems: FieldProblem[]): void {
  const lowest = path === 'status_batch' ? 1 : 0;
  if (!isWhole(value) || value < lowest) problems.push({ path, message: `a whole number from ${lowest} on` });
}

function checkRate(path: string, value: unknown, problems: FieldProblem[]): void {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) problems.push({ path, message: 'a rate from 0 to 1' });
}

function isChance(value: unknown): boolean {
  if (typeof value === 'boolean') return true;
  if (typeof value === 'number') return (value >= 0 && value <= 1) || isWhole(value);
  return typeof value === 'object' && value !== null && 'next' in value && isWhole(value.next);
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function toChance(setting: boolean | number | { next: number } | undefined): Chance {
  if (setting === undefined || setting === false) return NEVER;
  if (setting === true) return { rate: 1, next: 0 };
  if (typeof setting === 'object') return { rate: 0, next: setting.next };
  return setting <= 1 ? { rate: setting, next: 0 } : { rate: 0, next: setting };
}

/** mulberry32: short, and good enough to choose whom to annoy */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
