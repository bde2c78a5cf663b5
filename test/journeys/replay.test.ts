/**
 * Law 10: replaying the whole inbox changes nothing, and shuffling it gives the same messages, windows, templates and
 * standing consent, and the same set of ledger entries.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { applyLane } from '#core/index.ts';
import { type Harness, harness } from '../harness.ts';
import { confirmation, optIn, phoneOf } from '../make.ts';
import { deliver, envelope } from '../meta-webhooks.ts';

/** Everything that webhooks may change, without the ids and instants that belong to the arrival. */
async function standing(h: Harness) {
  const rows = async (sql: string) => (await h.sql.query(sql)).rows;
  return {
    messages: await rows(
      "select b.reference, m.state, m.sent_at, m.delivered_at, m.read_at, m.failed_at, m.error_code, m.resolution, m.price_at, m.price_category, m.price_type, m.price_market, m.price_micros, m.actual_micros, m.currency from message m join message_content b on b.message_id = m.id where m.purpose = 'order_confirm' order by b.reference",
    ),
    windows: await rows(
      'select i.value, w.last_inbound_at, w.expires_at, w.free_until from contact_window w join contact_identity i using (contact_id) order by i.value',
    ),
    consents: await rows(
      'select i.value, purpose, channel, status, since, source, verified, stopped_at, platform_stopped_at, paused_at, words from consent join contact_identity i using (contact_id) order by 1, 2, 3',
    ),
    ledger: await rows(
      "select action, said_by, source, claimed_at, evidence ->> 'inbound' as inbound from consent_event order by 3, 4, 5, 1",
    ),
    inbound: await rows('select provider_id, kind, text, sent_at from inbound_message order by provider_id'),
    templates: await rows('select name, language, status, quality from template order by 1, 2'),
    costs: await rows(
      'select day, market, category, currency, sum(messages) as messages, sum(charged) as charged, sum(micros) as micros from (select * from cost_day union all select tenant_id, day, sender_id, market, category, currency, messages, charged, micros from cost_delta) c group by 1, 2, 3, 4 having sum(messages) <> 0 order by 1, 2, 3, 4',
    ),
    spent: (await h.get('/api/wa/stats/default')).body.cost,
  };
}

const BODIES = 25;

/** Orders that the provider accepted, and the webhooks of a busy hour about them, as bodies. */
async function busyHour(h: Harness): Promise<string[]> {
  await h.sql.query(`update tenant set settings = '{"currency": "EUR"}'`);
  await h.control('/faults', { drop_webhooks: true });
  const at = Math.floor(h.clock.now() / 1000);
  const bodies: string[] = [];
  for (let index = 0; index < 6; index += 1) {
    const phone = phoneOf(index);
    await h.post('/api/wa/optin', optIn(phone, { purposes: ['marketing', 'transactional'] }));
    await h.post('/api/wa/send/confirm', confirmation({ order: { id: `R-${index}` }, customer: { phone } }));
  }
  await h.settle();
  const { rows } = await h.sql.query<{ provider_id: string; value: string }>(
    'select m.provider_id, i.value from message m join contact_identity i on i.contact_id = m.contact_id order by i.value',
  );
  for (const [index, row] of rows.entries()) {
    const status = (name: string, offset: number, extra = {}) =>
      envelope({
        statuses: [
          {
            id: row.provider_id,
            status: name,
            timestamp: String(at + offset),
            recipient_id: row.value.slice(1),
            ...extra,
          },
        ],
      });
    const says = (text: string, offset: number) =>
      envelope({
        messages: [
          {
            from: row.value.slice(1),
            id: `wamid.${index}.${offset}`,
            timestamp: String(at + offset),
            type: 'text',
            text: { body: text },
          },
        ],
      });
    const priced = (type: string) => ({ pricing: { pricing_model: 'PMP', type, category: 'utility' } });
    // Half of them change their mind about the price: the earlier word holds.
    bodies.push(
      status('sent', 1, priced('regular')),
      status('delivered', 2, priced(index % 2 ? 'free_entry_point' : 'regular')),
    );
    if (index % 3 === 0) bodies.push(status('read', 5));
    if (index % 3 === 1) bodies.push(says('STOP', 10), says('thanks', 4));
    if (index % 3 === 2)
      bodies.push(says('stop', 10), says('START', 20), status('failed', 3, { errors: [{ code: 131026, title: 'x' }] }));
  }
  const quality = (field: string, value: object) =>
    JSON.stringify({
      object: 'whatsapp_business_account',
      entry: [{ id: '1', time: at, changes: [{ field, value }] }],
    });
  bodies.push(
    quality('message_template_quality_update', {
      previous_quality_score: 'UNKNOWN',
      new_quality_score: 'GREEN',
      message_template_id: 1,
      message_template_name: 'order_confirm',
      message_template_language: 'en',
    }),
  );
  return bodies;
}

test('shuffled and repeated, the same webhooks leave the same standing', { timeout: 110_000 }, async t => {
  let expected: unknown;
  let runs = 0;
  const order = fc.shuffledSubarray([...Array(BODIES).keys()], { minLength: BODIES });
  await fc.assert(
    fc.asyncProperty(order, fc.array(fc.nat(BODIES - 1), { maxLength: 12 }), async (indexes, repeated) => {
      const h = await harness();
      let open = true;
      const close = async () => {
        if (open) await h.close();
        open = false;
      };
      t.after(close);
      const bodies = await busyHour(h);
      assert.equal(bodies.length, BODIES);
      for (const [step, index] of [...indexes, ...repeated].entries()) {
        assert.equal((await deliver(h, bodies[index]!)).status, 200);
        if (step % 4 === 0)
          for (const lane of ['receipts', 'people'] as const) await applyLane(h.app.core, h.tenant, lane, 3);
      }
      await h.settle();
      const found = await standing(h);
      expected ??= found;
      runs += 1;
      assert.deepEqual(found, expected);
      await close();
    }),
    { numRuns: 6 },
  );
  assert.ok(runs >= 6);
});

test('replaying the whole inbox changes nothing, not even the counters', async t => {
  const h = await harness();
  t.after(() => h.close());
  for (const body of await busyHour(h)) await deliver(h, body);
  await h.settle();
  const before = await standing(h);
  const stats = (await h.get('/api/wa/stats/default')).text;
  const chain = (await h.sql.query('select seq, hash from consent_event order by seq')).rows;
  const messages = (await h.sql.query('select count(*) from message')).rows;
  await h.sql.query(
    "insert into inbox_pending (tenant_id, lane, seq, day, inbox_id, bytes) select tenant_id, 'people', gen_random_uuid(), day, id, length(body) from inbox",
  );
  await h.settle();
  assert.deepEqual(await standing(h), before);
  assert.equal((await h.get('/api/wa/stats/default')).text, stats);
  assert.deepEqual(
    (await h.sql.query('select seq, hash from consent_event order by seq')).rows,
    chain,
    'the ledger has not grown',
  );
  assert.deepEqual((await h.sql.query('select count(*) from message')).rows, messages, 'nobody was answered twice');
});
