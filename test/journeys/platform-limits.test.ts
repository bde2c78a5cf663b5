/** The platform's limits as the sandbox enforces them, and the service that lives within them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { HOUR_MS } from '#lib/clock.ts';
import { type Harness, harness, PNID } from '../harness.ts';
import { command, optIn, phoneOf } from '../make.ts';

let h: Harness;
before(async () => {
  h = await harness();
  // A Monday: tomorrow is no day off.
  h.clock.advance(48 * HOUR_MS);
  const template = { name: 'news', category: 'promo', language: 'en', body: 'Hi {first_name}, hello.', submit: true };
  await h.post('/api/wa/templates', template);
  await h.control('/templates/news/review', { status: 'APPROVED' });
  await h.settle();
});
after(() => h.close());

const numberNow = async () => (await h.control(`/numbers/${PNID}`, {})).body;

test('marketing above the cap fails once, is not tried again for a day, and then arrives', async () => {
  // The number is American, the person Indian: of Europeans the platform caps nothing.
  const phone = '+919876543210';
  await h.control(`/numbers/${PNID}`, { marketing_cap: 1 });
  await h.post('/api/wa/optin', optIn(phone, { purposes: ['marketing'] }));
  const promo = async () => {
    const template = { name: 'news', variables: { first_name: 'Ana' } };
    const sent = await h.post('/api/v1/messages', { to: { phone }, purpose: 'promo', template });
    await h.settle();
    if (sent.body.message_id === undefined) return sent.body.reason;
    const { status, reason } = (await h.get(`/api/v1/messages/${sent.body.message_id}`)).body;
    return reason ?? status;
  };
  assert.equal(await promo(), 'delivered');
  assert.equal(await promo(), 'failed');
  assert.equal(await promo(), 'frequency_cap', 'refused here, and not a second time there');
  assert.equal((await numberNow()).marketing_early_retries, 0);
  h.clock.advance(25 * HOUR_MS);
  assert.equal(await promo(), 'delivered');
});

test('from the last person of the portfolio’s limit on, the next one waits here and is never refused there', async () => {
  await h.control(`/numbers/${PNID}`, { messaging_limit: 'TIER_250', throughput: 1_000 });
  // Whom we wrote to before the limit was known only the platform has counted. And a larger bucket has to fill.
  h.clock.advance(25 * HOUR_MS);
  await h.settle();
  const [sender] = (await h.get('/api/v1/senders')).body.data;
  assert.equal(sender.portfolio_limit, 250, 'the platform has told of it');
  const { total: before } = (await h.control('/ledger?limit=1')).body;
  assert.equal((await numberNow()).people_reached, 0);
  for (let index = 0; index < 260; index += 1)
    await h.app.core.send(h.tenant, command(phoneOf(5_000 + index), { reference: `R-${index}` }));
  await h.settle();
  const { total } = (await h.control('/ledger?limit=1')).body;
  assert.equal(total - before, 250);
  const refused = await h.sql.query("select from message_attempt where error_code = '131048'");
  assert.equal(refused.rows.length, 0);
  h.clock.advance(25 * HOUR_MS);
  await h.app.core.send(h.tenant, command(phoneOf(5_300), { reference: 'R-tomorrow' }));
  await h.settle();
  assert.equal((await h.control('/ledger?limit=1')).body.total - total, 1, 'a day later there is room again');
});
