/** When each message left, by the provider's own ledger: the witness shares neither process nor database with us. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { World } from '../../test/chaos/world/world.ts';

export interface Departure {
  phone: string;
  at: number;
}

/** In the order in which they left. */
export async function departures({ dataDir }: World): Promise<Departure[]> {
  const found: Departure[] = [];
  for await (const line of createInterface({ input: createReadStream(join(dataDir, 'witness.jsonl')) })) {
    if (!line.startsWith('{"kind":"send"')) continue;
    const { to, at } = JSON.parse(line) as { to: string; at: string };
    found.push({ phone: to, at: Date.parse(at) });
  }
  return found.sort((one, other) => one.at - other.at);
}

/** Between the first tenth and the last: starting up and running dry are not the pace. */
export function steadyPace(left: readonly Departure[]): number {
  const from = Math.floor(left.length * 0.1);
  const to = Math.floor(left.length * 0.9) - 1;
  return ((to - from) * 1_000) / (left[to]!.at - left[from]!.at);
}

export const percentile = (values: readonly number[], share: number): number =>
  Math.round(
    [...values].sort((one, other) => one - other)[Math.min(values.length - 1, Math.floor(values.length * share))]!,
  );
