import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Wire } from '#core/provider.ts';
import { openBench } from '../../../test/provider-bench.ts';
import { conformance } from '../conformance.ts';
import { toComponents } from './components.ts';
import { metaEmulator } from './emulator.ts';
import { judge } from './errors.ts';
import { call } from './graph.ts';
import { meta } from './index.ts';
import { uploadSample } from './samples.ts';
import { readOutcome, toBody } from './send.ts';

import { webhook } from './webhook.ts';

const SECRET = 'conformance-app-secret';
const PHONE = '+40712345678';

const open = () =>
  openBench({
    provider: meta,
    part: metaEmulator,
    account: {
      provider: 'meta',
      phoneNumberId: '1',
      businessAccountId: '2',
      displayPhoneNumber: '+12025550100',
      appSecret: SECRET,
      verifyToken: 'v',
    },
    codes: {
      'sender-blocked': 190,
      busy: 130429,
      pair: 131056,
      'held-back': 131049,
      undeliverable: 131026,
      stopped: 131050,
      'window-closed': 131047,
      'template-paused': 132015,
      'template-gone': 132001,
      invalid: 131009,
    },
    sender: url => ({
      account: { base_url: `${url}/graph`, api_version: 'v26.0', phone_number_id: '1', business_account_id: '2' },
      secret: { accessToken: 't', webhookSecrets: [SECRET], verifyToken: 'v' },
    }),
  });

conformance('meta', open);

const ARRIVAL = { query: '', at: 1_790_000_060_000 };

test('a time that is none is the arrival’s, and one from the next century is not believed: a STOP is never lost', () => {
  const timeOfOne = (timestamp: unknown, field = 'messages') => {
    const message = { from: '40712345678', id: 'wamid.1', timestamp, type: 'text', text: { body: 'STOP' } };
    const preference = { wa_id: '40712345678', category: 'marketing_messages', value: 'stop', timestamp };
    const value = field === 'messages' ? { messages: [message] } : { user_preferences: [preference] };
    const body = JSON.stringify({ entry: [{ changes: [{ field, value }] }] });
    const [event] = webhook.parse(Buffer.from(body), ARRIVAL);
    return event && 'at' in event ? event.at : undefined;
  };
  for (const field of ['messages', 'user_preferences']) {
    assert.equal(timeOfOne('1790000000', field), 1_790_000_000_000);
    for (const none of ['99999999999999', 'soon', '', undefined, -1, null])
      assert.equal(timeOfOne(none, field), ARRIVAL.at, String(none));
    assert.equal(timeOfOne('3800000000', field), ARRIVAL.at + 5 * 60_000);
  }
});

test('the price in a receipt is its own words: category, type, model, and the exemption where there is one', () => {
  const priced = (pricing: unknown) => {
    const statuses = [{ id: 'a', status: 'sent', timestamp: '1790000000', recipient_id: '40712345678', pricing }];
    const change = { field: 'messages', value: { statuses } };
    const [event] = webhook.parse(Buffer.from(JSON.stringify({ entry: [{ changes: [change] }] })), ARRIVAL);
    return event?.kind === 'receipt' ? event.pricing : 'no receipt';
  };
  const said = { billable: true, pricing_model: 'PMP', type: 'regular', category: 'utility' };
  assert.deepEqual(priced(said), { category: 'utility', type: 'regular', model: 'PMP' });
  assert.deepEqual(priced({ ...said, subtype: 'paid_exempt' }), {
    category: 'utility',
    type: 'regular',
    subtype: 'paid_exempt',
    model: 'PMP',
  });
  assert.deepEqual(priced({ type: 'free_entry_point', category: 'marketing_lite' }), {
    category: 'marketing_lite',
    type: 'free_entry_point',
  });
  assert.deepEqual(priced({ billable: false, category: 'service' }), { category: 'service', type: 'free' });
  for (const nothing of [undefined, null, {}, 'regular', { type: 'regular' }, { type: 7, category: {} }])
    assert.equal(priced(nothing), undefined, JSON.stringify(nothing));
});

test('the signature is the platform’s: its published vector fits', () => {
  const body = Buffer.from('{"object":"whatsapp_business_account","entry":[]}');
  const headers = { 'x-hub-signature-256': 'sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756' };
  assert.equal(webhook.verify({ headers, body }, ['test_app_secret']), true);
});

test('a message keeps its plus and carries our correlation; variables go by name', () => {
  const body = toBody({
    to: PHONE,
    correlation: 'msg_x.1',
    content: {
      kind: 'template',
      name: 'n',
      language: 'ro',
      providerTemplateId: null,
      header: [{ name: 'h', value: '1' }],
      body: [{ name: 'b', value: '2' }],
    },
  });
  assert.deepEqual(body, {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    to: '+40712345678',
    biz_opaque_callback_data: 'msg_x.1',
    type: 'template',
    template: {
      name: 'n',
      language: { code: 'ro' },
      components: [
        { type: 'header', parameters: [{ type: 'text', parameter_name: 'h', text: '1' }] },
        { type: 'body', parameters: [{ type: 'text', parameter_name: 'b', text: '2' }] },
      ],
    },
  });
});

test('only an id is a yes and only a readable code is a no; everything between is uncertain', () => {
  assert.equal(readOutcome(200, '{"messages":[{"id":"wamid.1"}]}').kind, 'accepted');
  for (const [status, body] of [
    [200, '{}'],
    [200, 'nonsense'],
    [200, '{"messages":[]}'],
    [502, '<html>'],
    [500, '{"error":{"code":131000,"message":"x"}}'],
    [503, '{"error":{"code":2,"message":"x"}}'],
    [400, ''],
    [500, '{"error":{"code":999999,"message":"x"}}'],
    [400, '{"error":{"code":999999,"message":"x","is_transient":true}}'],
  ] as const) {
    assert.equal(readOutcome(status, body).kind, 'uncertain', `${status} ${body}`);
  }
  for (const [code, expected] of [
    [130429, 'busy'],
    [131056, 'pair'],
    [131026, 'undeliverable'],
    [131047, 'window-closed'],
    [131050, 'stopped'],
    [132001, 'template-gone'],
    [132015, 'template-paused'],
    [190, 'sender-blocked'],
    [250, 'sender-blocked'],
    [100, 'invalid'],
    [131049, 'held-back'],
    [999999, 'invalid'],
  ] as const) {
    const outcome = readOutcome(400, JSON.stringify({ error: { code, message: 'x', error_data: { details: 'why' } } }));
    assert.ok(outcome.kind === 'rejected' && outcome.class === expected && outcome.detail === 'why', String(code));
  }
  assert.equal(judge(131048, 400, false).retryAfterMs, 3_600_000);
});

test('templates become components with an example for every variable', () => {
  const components = toComponents({
    name: 'n',
    language: 'en',
    category: 'UTILITY',
    header: 'Hi {first_name}',
    body: 'Order {order_id} of {first_name} is here.',
    footer: 'Bye',
    samples: { order_id: 'A-1' },
  });
  assert.deepEqual(components, [
    {
      type: 'HEADER',
      format: 'TEXT',
      text: 'Hi {{first_name}}',
      example: { header_text_named_params: [{ param_name: 'first_name', example: 'first name' }] },
    },
    {
      type: 'BODY',
      text: 'Order {{order_id}} of {{first_name}} is here.',
      example: {
        body_text_named_params: [
          { param_name: 'order_id', example: 'A-1' },
          { param_name: 'first_name', example: 'first name' },
        ],
      },
    },
    { type: 'FOOTER', text: 'Bye' },
  ]);
});

test('one POST may hold many entries, changes and items: every one becomes an event', () => {
  const status = (id: string) => ({
    id,
    status: 'delivered',
    timestamp: '1795251600',
    biz_opaque_callback_data: 'msg_x.1',
  });
  const message = (id: string, type: string, extra: object) => ({
    id,
    from: '40712345678',
    timestamp: '1795251600',
    type,
    ...extra,
  });
  const value = {
    contacts: [{ wa_id: '40712345678', profile: { name: 'Ana' } }],
    statuses: [status('a'), status('b')],
    messages: [
      message('c', 'text', { text: { body: 'hi' } }),
      message('d', 'button', { button: { text: 'Yes', payload: 'p' } }),
      message('e', 'interactive', { interactive: { list_reply: { title: 'Row' } } }),
      message('f', 'image', { image: { caption: 'look' } }),
      message('g', 'interactive', {}),
    ],
    errors: [{ code: 131051 }],
  };
  const entry = {
    id: '1',
    changes: [
      { field: 'messages', value },
      { field: 'messages', value: { statuses: [status('h')] } },
      { field: 'account_update', value: { event: 'X' } },
    ],
  };
  const events = webhook.parse(Buffer.from(JSON.stringify({ entry: [entry, entry] })), ARRIVAL);
  assert.equal(events.length, 20);
  assert.deepEqual(events.flatMap(event => (event.kind === 'inbound' ? [event.text] : [])).slice(0, 5), [
    'hi',
    'Yes',
    'Row',
    'look',
    undefined,
  ]);
  assert.equal(events.find(event => event.kind === 'inbound')?.profileName, 'Ana');
  assert.equal(webhook.lane(Buffer.from('{"statuses":[]}')), 'receipts');
  assert.equal(webhook.lane(Buffer.from('{"statuses":[],"messages":[]}')), 'people');
});

test('a template’s id beyond what a number holds keeps every digit', () => {
  const body =
    '{"entry":[{"time":1790000000,"changes":[{"field":"message_template_status_update","value":{"event":"APPROVED","message_template_id":21338217649265919,"message_template_name":"n","message_template_language":"en-US","reason":null}}]}]}';
  assert.deepEqual(webhook.parse(Buffer.from(body), ARRIVAL), [
    {
      kind: 'template',
      providerTemplateId: '21338217649265919',
      name: 'n',
      language: 'en-US',
      at: 1_790_000_000_000,
      status: 'approved',
    },
  ]);
});

test('half a surrogate pair, which is legal JSON and can’t be stored, costs nobody their STOP', () => {
  const message =
    '{"from":"40712345678","id":"wamid.1","timestamp":"1790000000","type":"text","text":{"body":"STOP \\ud83d"}}';
  const body = `{"entry":[{"changes":[{"field":"messages","value":{"messages":[${message}]}}]}]}`;
  const [event] = webhook.parse(Buffer.from(body), ARRIVAL);
  assert.ok(event?.kind === 'inbound');
  assert.equal(event.text, 'STOP \ufffd');
  assert.ok(JSON.stringify(event.payload).isWellFormed());
});

test('a list whose cursor dies on the way is read again from the beginning, and once each', async () => {
  const bench = await open();
  try {
    const account = `${bench.sender.account['business_account_id']}/message_templates`;
    for (let index = 0; index < 120; index += 1) {
      // A hundred in an hour: the rest is made in the next one.
      if (index === 60) {
        const clock = `${new URL(bench.sender.account['base_url']!).origin}/_sandbox/clock`;
        await fetch(clock, { method: 'POST', body: JSON.stringify({ advance: 'PT1H' }) });
      }
      const components = [{ type: 'BODY', text: `This is text number ${index}.` }];
      await call(bench.wire, bench.sender, account, {
        name: `t_${index}`,
        language: 'en',
        category: 'UTILITY',
        components,
      });
    }
    // Somebody deletes the very template that the second page would begin after.
    const cursors: string[] = [];
    const wire: Wire = {
      request: async request => {
        const after = new URL(request.url).searchParams.get('after');
        if (after !== null && cursors.push(after) === 1) {
          const query = `hsm_id=${Buffer.from(after, 'base64url')}&name=t_48`;
          await call(bench.wire, bench.sender, `${account}?${query}`, undefined, 'DELETE');
        }
        return bench.wire.request(request);
      },
    };
    const listing = await meta.templateAdmin!.list(bench.sender, wire);
    assert.ok(listing.kind === 'listed', JSON.stringify(listing));
    assert.equal(listing.templates.length, 121, 'every one that was there at the beginning');
    assert.equal(new Set(listing.templates.map(each => each.name)).size, 121);
    assert.equal(cursors.length, 3, 'the dead cursor, and the two pages after the first one');
  } finally {
    await bench.close();
  }
});

test('a sample is uploaded in two steps, and a refused one is a no with its reason', async () => {
  const bench = await open();
  try {
    const bytes = Buffer.from('%PDF-1.7');
    const uploaded = await uploadSample({ bytes, type: 'application/pdf' }, bench.sender, bench.wire);
    assert.ok(uploaded.kind === 'uploaded' && uploaded.handle.startsWith('4::'), JSON.stringify(uploaded));
    const refused = await uploadSample({ bytes, type: 'text/html' }, bench.sender, bench.wire);
    assert.deepEqual(refused, {
      kind: 'refused',
      code: '100',
      detail: '(#100) Param file_type is not supported: text/html',
    });
  } finally {
    await bench.close();
  }
});
