/** From the command to the printed address, with the embedded database, on a data folder that exists. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startService } from '../../test/chaos/service.ts';
import { percentile } from './departures.ts';

const TIMES = 5;
const dataDir = await mkdtemp(join(tmpdir(), 'tidings-bench-start-'));
await chmod(dataDir, 0o711);
const starts: number[] = [];
try {
  for (let time = 0; time <= TIMES; time += 1) {
    const service = await startService({ TIDINGS_DATA: dataDir, PORT: String(await freePort()), DATABASE_URL: '' });
    starts.push(service.readyMs);
    await service.stop();
  }
} finally {
  await rm(dataDir, { recursive: true, force: true });
}
const [first, ...again] = starts;
console.log(
  JSON.stringify({
    value: percentile(again, 0.5),
    unit: 'ms from the command to ready, at a later start',
    first_ms: Math.round(first!),
    worst_ms: percentile(again, 1),
  }),
);
process.exit(0);
