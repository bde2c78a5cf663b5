/** `POST /api/wa/send/confirm` at a constant 500 a second, each durable before its 202, while the workers send them. */
import pg from 'pg';
import { APP_SECRET, type Job } from '../stage.ts';
import { prepareAudience } from './audience.ts';
import { load } from './loaded.ts';
import { startProduct } from './product.ts';

/** Asked for a second, whatever the answers do: a rate that can't be held shows in the waiting times. */
const RATE = 500;
const job = JSON.parse(process.argv[2]!) as Job;
const product = await startProduct(job);
const look = new pg.Client(job.connection);
await look.connect();
// A minute at the most.
const count = Math.min(job.lives, RATE * 60);
await prepareAudience(product, look, count);
const measured = await load({
  kind: 'confirms',
  url: product.url,
  key: product.key,
  secret: APP_SECRET,
  count,
  // More than are ever busy at this rate while it is held: the client must not be what waits.
  connections: 256,
  rate: RATE,
  correlations: [],
});
console.log(JSON.stringify({ ...measured, unit: 'confirmations a second, asked at 500' }));
// The product still runs: how it ends is not what was measured.
process.exit(0);
