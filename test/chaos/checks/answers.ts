/** A caller beside the load who repeats nothing and writes down each answer with its time: what people see of a fault. */
import { setTimeout as pause } from 'node:timers/promises';
import { phoneOf } from '../../make.ts';
import type { World } from '../world/world.ts';

export interface Answer {
  reference: string;
  /** 0 when the connection ended without one. */
  status: number;
  askedAt: number;
  tookMs: number;
  id?: string;
}

/** Longer than anything that the service may take: a caller who gives up learns nothing. */
const PATIENCE_MS = 60_000;
let runs = 0;

export function askSteadily({ services, headers }: World, { everyMs }: { everyMs: number }) {
  const { url } = services.find(one => one.role !== 'worker')!;
  const under: Promise<Answer>[] = [];
  let asking = true;
  runs += 1;
  const run = runs;
  const ask = async (reference: string, index: number): Promise<Answer> => {
    const askedAt = performance.now();
    const answer = await fetch(`${url}/api/v1/messages`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({
        to: { phone: phoneOf(index) },
        purpose: 'promo',
        reference,
        template: { name: 'news', variables: { first_name: 'Ana' } },
      }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).catch(() => undefined);
    const body = (await answer?.json().catch(() => undefined)) as { message_id?: string } | undefined;
    const tookMs = performance.now() - askedAt;
    return {
      reference,
      status: answer?.status ?? 0,
      askedAt,
      tookMs,
      ...(body?.message_id ? { id: body.message_id } : {}),
    };
  };
  const loop = (async () => {
    for (let index = 0; asking; index += 1) {
      under.push(ask(`A-${run}-${index}`, index));
      await pause(everyMs);
    }
  })();
  return {
    end: async (): Promise<Answer[]> => {
      asking = false;
      await loop;
      return Promise.all(under);
    },
  };
}
