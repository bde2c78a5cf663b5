/** The whole catalogue of what the platform can say, through the real line: taken, stored, named, and followed. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Harness, harness } from '../harness.ts';
import { confirmation, optIn } from '../make.ts';

const PHONE = '+40712345678';

let h: Harness;
before(async () => {
  h = await harness();
  await h.post('/api/wa/optin', optIn(PHONE));
  await h.post('/api/wa/send/confirm', confirmation());
  await h.settle();
});
after(() => h.close());

interface Example {
  field: string;
  example: string;
  guessed?: true;
}

const catalogue = async (): Promise<Example[]> => (await h.control('/webhooks')).body.data;
const count = async (sql: string): Promise<number> => (await h.sql.query<{ n: number }>(sql)).rows[0]!.n;
const stored = () => count('select count(*)::int as n from inbox');

/** One second later each, so that no two have the same bytes. */
async function provoke(wish: Record<string, unknown>): Promise<Record<string, unknown>> {
  h.clock.advance(1_000);
  const answer = await h.control('/webhooks', { phone: PHONE, ...wish });
  assert.equal(answer.status, 200, `${JSON.stringify(wish)}: ${answer.text}`);
  await h.settle();
  return answer.body;
}

const sender = async () => (await h.get('/api/v1/senders')).body.data[0];
const template = async () =>
  (await h.get('/api/wa/templates/default')).body.data.find(
    (one: { name: string; language: string }) => one.name === 'order_confirm' && one.language === 'en',
  );

/** Meta's list of 2026 (Webhooks, 4.1). */
const FIELDS = `account_alerts account_review_update account_settings_update account_update automatic_events
  business_capability_update business_username_updates business_status_update calls flows group_lifecycle_update
  group_participants_update group_settings_update group_status_update history message_echoes
  message_template_components_update message_template_quality_update message_template_status_update messages
  messaging_handovers partner_solutions payment_configuration_update phone_number_name_update
  phone_number_quality_update security smb_app_state_sync smb_message_echoes standby template_category_update
  template_correct_category_detection tracking_events user_preferences`.split(/\s+/);

test('there is an example of every field that Meta lists, each named once', async () => {
  const examples = await catalogue();
  assert.deepEqual([...new Set(examples.map(({ field }) => field))].sort(), FIELDS.toSorted());
  const names = examples.map(({ field, example }) => `${field} ${example}`);
  assert.equal(new Set(names).size, names.length);
});

test('each is signed, taken at once, stored, named and put to no dead letters', async () => {
  const { webhook } = h.app.core.providers.get('meta')!;
  const examples = await catalogue();
  assert.ok(examples.length > 150, String(examples.length));
  for (const { field, example } of examples) {
    const before = await stored();
    const { webhooks } = await provoke({ field, example });
    const told = `${field} ${example}`;
    assert.ok(Number(webhooks) >= 1, told);
    assert.equal((await stored()) - before, webhooks, `${told} is stored as often as it was sent`);
    const { rows } = await h.sql.query<{ body: Buffer }>('select body from inbox order by received_at desc limit 1');
    const events = webhook.parse(rows[0]!.body, { query: '', at: h.clock.now() });
    assert.ok(events.length > 0, `${told} says something`);
    for (const event of events) {
      const name = event.kind === 'ignored' ? event.what : event.kind;
      assert.doesNotMatch(name, /unnamed|undefined|^$/, told);
    }
  }
  assert.equal(await count('select count(*)::int as n from inbox_pending'), 0, 'nothing waits, nothing is dead');
  assert.equal((await h.control('/webhooks')).body.waiting, 0);
});

test('a stop inside WhatsApp holds marketing, on both sides; a resume lets it go', async () => {
  const phone = '+40712345680';
  await h.post('/api/wa/templates', {
    name: 'offer',
    category: 'promo',
    language: 'en',
    body: 'Hi {first_name}, a new season begins.',
    submit: true,
  });
  await provoke({ field: 'message_template_status_update', example: 'APPROVED', template: 'offer' });
  await h.post('/api/wa/optin', optIn(phone, { purposes: ['marketing'] }));
  const promo = async () => {
    const content = { kind: 'template', name: 'offer', variables: () => ({ first_name: 'Ana' }) } as const;
    const tried = await h.app.core.send(h.tenant, {
      to: phone as never,
      purpose: 'promo',
      origin: 'test',
      content,
      dryRun: true,
    });
    assert.ok(tried.kind === 'dry');
    return tried.decision.reason ?? tried.decision.outcome;
  };
  assert.equal(await promo(), 'queue');
  for (const hidden of ['', ' hidden']) {
    await provoke({ field: 'user_preferences', example: `stop${hidden}`, phone });
    assert.equal(await promo(), 'stopped_in_whatsapp', hidden);
    const shown = (await h.control('/phones')).body.data.find((one: { phone: string }) => one.phone === phone);
    assert.equal(shown.state.marketing_stopped, true);
    await provoke({ field: 'user_preferences', example: `resume${hidden}`, phone });
    assert.equal(await promo(), 'queue', hidden);
  }
});

test('a ban holds the queue until it is lifted; one that is announced does not', async () => {
  const update = (example: string) => provoke({ field: 'account_update', example });
  await update('DISABLED_UPDATE reinstated');
  await update('DISABLED_UPDATE scheduled');
  // The walk through the catalogue has left it disabled: red three times.
  await provoke({ field: 'message_template_status_update', example: 'APPROVED' });
  assert.equal((await sender()).status, 'active');
  for (const example of ['DISABLED_UPDATE', 'DISABLED_UPDATE list', 'ACCOUNT_DELETED']) {
    await update(example);
    const { status, status_reason } = await sender();
    assert.deepEqual([status, status_reason], ['disabled', `banned: account_update ${example.split(' ')[0]}`]);
    const sent = await h.post('/api/wa/send/confirm', confirmation({ order: { id: `B-${example}` } }));
    await h.settle();
    const message = () => h.get(`/api/wa/messages/default/${sent.body.message_id}`);
    assert.equal((await message()).body.status, 'queued');
    await update('DISABLED_UPDATE reinstated');
    assert.equal((await sender()).status, 'active');
    h.clock.advance(60_000);
    await h.settle();
    assert.equal((await message()).body.status, 'delivered', 'held messages are looked at again each minute');
  }
});

test('a sender that somebody switched off stays so whatever the platform says', async () => {
  const { id } = await sender();
  await h.patch(`/api/v1/senders/${id}`, { status: 'disabled' });
  await provoke({ field: 'account_update', example: 'DISABLED_UPDATE' });
  await provoke({ field: 'account_update', example: 'DISABLED_UPDATE reinstated' });
  assert.equal((await sender()).status_reason, 'switched off');
  await h.patch(`/api/v1/senders/${id}`, { status: 'active' });
});

test('an account that is not ours changes no sender, and an older word no newer one', async () => {
  await provoke({ field: 'business_capability_update', example: 'word' });
  assert.equal((await sender()).portfolio_limit, 10_000);
  const later = h.clock.now();
  h.clock.advance(-3_600_000);
  await provoke({ field: 'business_capability_update', example: 'number' });
  assert.equal((await sender()).portfolio_limit, 10_000);
  h.clock.advance(later - h.clock.now());
});

test('the limit of the portfolio is the sender’s, in each of its spellings', async () => {
  const limits: [field: string, example: string, limit: number | null][] = [
    ['business_capability_update', 'number', 2_000],
    ['business_capability_update', 'word', 10_000],
    ['business_capability_update', 'former', 10_000],
    ['business_capability_update', 'unlimited', null],
    ['phone_number_quality_update', 'ONBOARDING', 2_000],
    ['phone_number_quality_update', 'THROUGHPUT_UPGRADE', null],
  ];
  for (const [field, example, limit] of limits) {
    await provoke({ field, example });
    assert.equal((await sender()).portfolio_limit, limit, `${field} ${example}`);
  }
});

test('what is told of a template is what we know of it', async () => {
  const { id } = await template();
  const name = 'order_confirm';
  const standings: [example: string, status: string][] = [
    ['PAUSED', 'paused'],
    ['APPROVED', 'approved'],
    ['REJECTED SCAM', 'rejected'],
    ['REINSTATED', 'approved'],
    ['PAUSED RATE_LIMITING_PAUSE', 'paused'],
    ['DISABLED', 'disabled'],
    ['APPROVED', 'approved'],
  ];
  for (const [example, status] of standings) {
    await provoke({ field: 'message_template_status_update', example, template: name });
    assert.equal((await template()).status, status, example);
  }
  await provoke({ field: 'message_template_quality_update', example: 'GREEN', template: name });
  await provoke({ field: 'message_template_quality_update', example: 'mislabelled', template: name });
  assert.equal((await template()).quality?.toLowerCase(), 'yellow', JSON.stringify(await template()));
  await provoke({ field: 'template_category_update', example: 'impending', template: name });
  assert.equal((await template()).meta_category, 'UTILITY');
  await h.control('/clock', { advance: 'P1D' });
  h.clock.advance(86_400_000);
  await h.settle();
  assert.equal((await template()).meta_category, 'MARKETING', 'a day later it has happened');
  await h.control('/clock', { real: true });
  assert.ok(id);
});

test('what nobody has an example of can be told as it is, and what can’t be told is refused with a sentence', async () => {
  const before = await stored();
  await provoke({ field: 'brand_new_field', value: { event: 'NEW' } });
  await provoke({ field: 'messages', value: { messaging_product: 'whatsapp', anything: [{ new: true }] } });
  assert.equal((await stored()) - before, 2);
  for (const [wish, path] of [
    [{}, 'field'],
    [{ field: 'Nothing!' }, 'field'],
    [{ field: 'brand_new_field' }, 'field'],
    [{ field: 'security', example: 'none' }, 'example'],
    [{ field: 'security', value: 'x' }, 'value'],
    [{ field: 'security', phone: 'ana' }, 'phone'],
    [{ field: 'security', number: 'x' }, 'number'],
    [{ field: 'message_template_status_update', example: 'PAUSED', template: 'none' }, 'template'],
  ] as const) {
    const { status, body } = await h.control('/webhooks', wish);
    assert.equal(status, 422, JSON.stringify(wish));
    assert.equal(body.error.fields[0].path, path);
  }
});
