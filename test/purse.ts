/** A tenant whose money is counted, for tests of budgets, of the balance and of what is free. */
import assert from 'node:assert/strict';
import { after } from 'node:test';
import { type Answer, type Harness, harness } from './harness.ts';
import { confirmation, optIn } from './make.ts';

/** What one message to Romania costs, by the card that the program brings along. */
export const PRICE = 23_900;

// One at a time: each holds twenty connections, and a database of the machine's allows a hundred.
let open: Harness | undefined;
after(() => open?.close());

export async function tenantWith(settings: object): Promise<Harness> {
  await open?.close();
  open = undefined;
  const h = await harness();
  open = h;
  const answer = await h.patch('/api/v1/settings', { currency: 'EUR', ...settings });
  assert.equal(answer.status, 200, answer.text);
  return h;
}

export const credit = (h: Harness, amount_micros: number, reference = 'first', currency = 'EUR') =>
  h.post('/api/wa/balance/default/credit', { amount_micros, currency, reference });
export const balance = async (h: Harness) => (await h.get('/api/wa/balance/default?limit=200')).body;

let orders = 0;
export async function send(h: Harness, phone: string): Promise<Answer> {
  await h.post('/api/wa/optin', optIn(phone));
  orders += 1;
  return h.post('/api/wa/send/confirm', confirmation({ order: { id: `O-${orders}` }, customer: { phone } }));
}

/** The ledger's own sum, beside the row's; entries never fall below nothing. */
export async function books(h: Harness) {
  const { rows } = await h.sql.query(
    `select b.free_micros::int as free, b.reserved_micros::int as reserved, sum(e.amount_micros)::int as sum, min(e.free_micros)::int as least, count(*)::int as entries,
      (select coalesce(sum(micros), 0)::int from reservation where state = 'held' and prepaid) as held,
      count(*) filter (where e.kind = 'release')::int as releases from balance b join balance_entry e using (tenant_id) group by 1, 2`,
  );
  assert.equal(rows[0].free, rows[0].sum, 'the sum of the ledger is the balance');
  assert.equal(rows[0].reserved, rows[0].held, 'what is reserved is the sum of the reservations');
  assert.ok(rows[0].least >= 0, 'never below nothing');
  return rows[0];
}
