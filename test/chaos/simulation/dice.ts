/** All chance of one life, from its seed. */
import { seeded } from '../scorecard.ts';

export interface Dice {
  random(): number;
  chance(share: number): boolean;
  between(least: number, most: number): number;
  pick<T>(from: readonly T[]): T;
  shuffled<T>(items: readonly T[]): T[];
}

export function openDice(seed: number): Dice {
  // Neighbouring seeds begin far apart: their first throws would be nearly the same otherwise.
  const random = seeded(Math.imul(seed + 1, 0x9e3779b1));
  const between = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  return {
    random,
    between,
    chance: share => random() < share,
    pick: from => from[Math.floor(random() * from.length)]!,
    shuffled: items => {
      const all = [...items];
      for (let index = all.length - 1; index > 0; index -= 1) {
        const other = between(0, index);
        [all[index], all[other]] = [all[other]!, all[index]!];
      }
      return all;
    },
  };
}
