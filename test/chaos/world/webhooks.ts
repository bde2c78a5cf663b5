/** What the provider tells of itself, brought by the checks in its stead: signed, many at a time, each answered 200. */
import { envelope, sign } from '../../meta-webhooks.ts';
import { APP_SECRET } from './emulator.ts';

export { envelope };

/** Answers how many were taken a second. */
export async function deliver(service: string, bodies: readonly string[]): Promise<number> {
  const began = performance.now();
  let next = 0;
  const sender = async () => {
    while (next < bodies.length) {
      const body = bodies[next++]!;
      const headers = { 'content-type': 'application/json', 'x-hub-signature-256': sign(body, APP_SECRET) };
      const answer = await fetch(`${service}/api/wa/webhook`, { method: 'POST', body, headers });
      await answer.arrayBuffer();
      if (answer.status !== 200) throw new Error(`a webhook was answered ${answer.status}`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(16, bodies.length) }, sender));
  return (bodies.length * 1_000) / (performance.now() - began);
}
