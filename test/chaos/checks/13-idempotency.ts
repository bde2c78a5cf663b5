/** Four hundred calls at once under four keys, a half of them with another body: one work each, and one answer for ever. */
import { setTimeout as pause } from 'node:timers/promises';
import { confirmation, phoneOf } from '../../make.ts';
import { type Check, judged } from '../scorecard.ts';
import { openWorld } from '../world/world.ts';
import { prepareConfirmations } from './confirmations.ts';

const DAY = 24 * 3_600;

export const idempotencyCheck: Check = {
  number: 13,
  title: 'idempotency races',
  target: '4 rows of 400 calls, each answer right, the same byte by byte after 29 days and decided anew after 31',
  run: async run => {
    const world = await openWorld({ roles: ['api', 'api', 'worker'] });
    try {
      await prepareConfirmations(world, 8);
      const found: string[] = [];
      const bodyOf = (key: number, other: boolean) =>
        JSON.stringify(
          confirmation({ order: { id: `I-${key}${other ? '-other' : ''}` }, customer: { phone: phoneOf(key) } }),
        );
      const call: Call = async (key, other, turn) => {
        const api = world.services[turn % 2]!;
        const answer = await fetch(`${api.url}/api/wa/send/confirm`, {
          method: 'POST',
          headers: {
            ...world.headers,
            'content-type': 'application/json',
            'idempotency-key': `chaos-${run.seed}-${key}`,
          },
          body: bodyOf(key, other),
        });
        const text = await answer.text();
        // "Come again" decides nothing, and how often it is said depends on the machine; whoever hears it comes again.
        if (answer.status !== 503) return { key, other, status: answer.status, text };
        await pause(200);
        return call(key, other, turn);
      };
      const answers = await Promise.all(
        Array.from({ length: 400 }, (_, index) => call(index % 4, run.random() < 0.5, index)),
      );
      for (let key = 0; key < 4; key += 1) {
        const mine = answers.filter(answer => answer.key === key);
        const good = mine.filter(answer => answer.status === 200 || answer.status === 202);
        const bodies = new Set(good.map(answer => answer.text));
        if (bodies.size !== 1) found.push(`key ${key} has ${bodies.size} different answers`);
        // Whoever was first decides which body is the right one.
        if (new Set(good.map(answer => answer.other)).size > 1) found.push(`key ${key} took two bodies`);
        const odd = mine.filter(answer => ![200, 202, 409, 422].includes(answer.status));
        if (odd.length > 0) found.push(`key ${key} was answered ${odd[0]!.status}: ${odd[0]!.text.slice(0, 100)}`);
      }
      const [{ n: rows }] = (await world.postgres.query<{ n: number }>('select count(*)::int as n from message')) as [
        { n: number },
      ];
      if (rows !== 4) found.push(`${rows} messages and not 4`);
      const first = await replay(answers, call);
      await world.postgres.query(`update idempotency_key set created_at = created_at - interval '${29 * DAY} seconds'`);
      const second = await replay(answers, call);
      if (first !== second) found.push('after 29 days the answer is another one');
      return judged(
        found,
        `400 calls at two processes: ${rows} messages, ${answers.filter(one => one.status === 409).length} told to wait, ${answers.filter(one => one.status === 422).length} told of the other body`,
      );
    } finally {
      await world.close();
    }
  },
};

type Call = (
  key: number,
  other: boolean,
  turn: number,
) => Promise<{ key: number; other: boolean; status: number; text: string }>;

async function replay(
  answers: readonly { key: number; other: boolean; status: number }[],
  call: Call,
): Promise<string> {
  const winner = answers.find(answer => answer.key === 0 && (answer.status === 202 || answer.status === 200))!;
  const again = await call(0, winner.other, 0);
  return `${again.status} ${again.text}`;
}
