/** What people agree to, take back and switch off, and what can be shown of it later. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { SendCommand } from '#core/index.ts';
import { type Harness, harness } from '../harness.ts';
import { confirmation, optIn, phoneOf } from '../make.ts';
import { deliver } from '../meta-webhooks.ts';

let h: Harness;
before(async () => {
  h = await harness();
  const offer = {
    name: 'offer',
    category: 'promo',
    language: 'en',
    body: 'Hi {first_name}, a new season begins.',
    submit: true,
  };
  await h.post('/api/wa/templates', offer);
  await h.control('/templates/offer/review', { status: 'APPROVED' });
  await h.settle();
});
after(() => h.close());

const says = async (phone: string, text: string) => {
  await h.control(`/phones/${phone}/messages`, { text });
  await h.settle();
};
const presses = async (phone: string, what: 'stop-marketing' | 'resume-marketing') => {
  await h.control(`/phones/${phone}/${what}`, {});
  await h.settle();
};
const marketing = (phone: string) => h.post('/api/wa/optin', optIn(phone, { purposes: ['marketing'] }));

/** What a promotion to this phone would come to now. */
async function promo(phone: string, optIn?: SendCommand['optIn']) {
  const admission = await h.app.core.send(h.tenant, {
    to: phone as never,
    purpose: 'promo',
    origin: 'test',
    content: { kind: 'template', name: 'offer', variables: () => ({ first_name: 'Ana' }) },
    dryRun: true,
    ...(optIn ? { optIn } : {}),
  });
  assert.ok(admission.kind === 'dry');
  return admission.decision;
}

test('marketing that was stopped inside WhatsApp stays stopped through START, and only resume lifts it', async () => {
  const phone = phoneOf(9_100);
  await marketing(phone);
  assert.equal((await promo(phone)).outcome, 'queue');
  await presses(phone, 'stop-marketing');
  const stopped = await promo(phone);
  assert.equal(stopped.reason, 'stopped_in_whatsapp');
  assert.match(stopped.trace.at(-1)!.detail, /only the person can resume/);
  await says(phone, 'START');
  assert.equal((await promo(phone)).reason, 'stopped_in_whatsapp');
  h.clock.advance(2_000);
  await presses(phone, 'resume-marketing');
  assert.equal((await promo(phone)).outcome, 'queue');
  h.clock.advance(2_000);
  await says(phone, 'STOP');
  h.clock.advance(2_000);
  await presses(phone, 'resume-marketing');
  assert.equal((await promo(phone)).reason, 'opted_out', 'resume lifts the platform’s block and not their STOP');
});

test('a provider that refuses because the person stopped marketing is believed, also where its webhook was lost', async () => {
  const phone = phoneOf(9_107);
  await marketing(phone);
  await h.control('/faults', { drop_webhooks: 1 });
  await h.control(`/phones/${phone}/stop-marketing`, {});
  await h.control('/faults', {});
  assert.equal((await promo(phone)).outcome, 'queue', 'nobody has told us');
  const offer = { kind: 'template', name: 'offer', variables: () => ({ first_name: 'Ana' }) } as const;
  await h.app.core.send(h.tenant, { to: phone as never, purpose: 'promo', origin: 'test', content: offer });
  await h.settle();
  const after = await promo(phone);
  assert.equal(after.reason, 'stopped_in_whatsapp');
  const { body } = await h.get(`/api/v1/contacts?phone=${encodeURIComponent(phone)}`);
  const proof = (await h.get(`/api/v1/consents/${body.data[0].id}/proof`)).body;
  assert.equal(proof.entries.at(-1).source, 'provider error 131050');
});

test('a stop inside WhatsApp leaves tickets alone', async () => {
  const phone = phoneOf(9_101);
  await h.post('/api/wa/optin', optIn(phone));
  await presses(phone, 'stop-marketing');
  const answer = await h.post('/api/wa/send/confirm', confirmation({ order: { id: 'P-1' }, customer: { phone } }));
  assert.equal(answer.status, 202);
});

test('a longer text that may be an opt-out pauses marketing until somebody has read it', async () => {
  const phone = phoneOf(9_102);
  await marketing(phone);
  await says(phone, 'Could you please stop sending me so many offers, I only wanted one ticket');
  assert.equal((await promo(phone)).reason, 'suppressed');
  const list = async (query = '') => (await h.get(`/api/v1/consents/possible-opt-outs${query}`)).body.data;
  const [doubt] = await list();
  assert.match(doubt.text, /so many offers/);
  const withOptIn = { source: 'checkout', text: 'Send me offers', actor: 'test', purposes: ['marketing'] } as const;
  assert.equal(
    (await promo(phone, withOptIn)).reason,
    'suppressed',
    'an opt-in that is claimed beside it lifts nothing',
  );
  const decided = await h.post(`/api/v1/consents/possible-opt-outs/${doubt.id}`, { as: 'keep' });
  assert.equal(decided.body.decision, 'keep');
  assert.match(decided.body.decided_by, /^API key /);
  assert.equal((await promo(phone)).outcome, 'queue');
  assert.deepEqual(await list(), []);
  assert.equal((await list('?decided=true')).length, 1);
  assert.equal((await h.post(`/api/v1/consents/possible-opt-outs/${doubt.id}`, { as: 'opt_out' })).status, 404);
});

test('an opt-out in a longer text, once read, stands like a STOP', async () => {
  const phone = phoneOf(9_103);
  await marketing(phone);
  await says(phone, 'I do not know how I got on this list, please unsubscribe me from everything you have');
  const [doubt] = (await h.get('/api/v1/consents/possible-opt-outs')).body.data;
  await h.post(`/api/v1/consents/possible-opt-outs/${doubt.id}`, { as: 'opt_out' });
  await marketing(phone);
  assert.equal((await promo(phone)).reason, 'opted_out', 'no later claim lifts it');
});

test('the proof holds what was shown, by whom and when, as data and as a page that is safe to print', async () => {
  const phone = phoneOf(9_104);
  const text = 'I agree to <b>offers</b> of Tickets & Co on WhatsApp';
  const made = await h.post(
    '/api/wa/optin',
    optIn(phone, { text, purposes: ['marketing'], text_version: '3', locale: 'en', ip: '192.0.2.7' }),
  );
  await says(phone, 'STOP');
  const proof = (await h.get(`/api/v1/consents/${made.body.contact_id}/proof`)).body;
  assert.equal(proof.business, 'Default');
  assert.deepEqual(
    proof.entries.map((one: { action: string }) => one.action),
    ['grant', 'withdraw'],
  );
  const [grant, stop] = proof.entries;
  assert.equal(grant.text_shown, text);
  assert.equal(grant.text_version, '3');
  assert.equal(grant.evidence.ip, '192.0.2.7');
  assert.match(grant.recorded_by, /^API key /);
  assert.equal(stop.said_by, 'person');
  assert.equal(stop.evidence.text, 'STOP');
  assert.equal(grant.hash, made.body.ledger_hash);
  assert.equal(stop.previous_hash, proof.entries.at(-2).seq === stop.seq - 1 ? grant.hash : stop.previous_hash);

  for (const language of ['en', 'ro']) {
    const page = await h.get(`/api/v1/consents/${made.body.contact_id}/proof?format=html&language=${language}`);
    assert.match(page.headers.get('content-type')!, /^text\/html/);
    assert.match(page.headers.get('content-security-policy')!, /default-src 'none'/);
    assert.match(page.text, new RegExp(`lang="${language}"`));
    assert.match(page.text, /&lt;b&gt;offers&lt;\/b&gt; of Tickets &amp; Co/);
    assert.doesNotMatch(page.text, /<b>offers/);
  }
  assert.equal((await h.get('/api/v1/consents/ctc_00000000000070008000000000000000/proof')).status, 404);
});

test('a double opt-in grants nothing until the person’s own YES, and YES grants nothing else', async () => {
  const [phone, other] = [phoneOf(9_120), phoneOf(9_121)];
  const shown = 'Yes, send me offers of Tickets & Co on WhatsApp';
  const ask = (to: string, more = {}) =>
    h.post('/api/wa/optin', optIn(to, { text: shown, purposes: ['marketing'], double_opt_in: {}, ...more }));
  const missing = await ask(phone);
  assert.equal(missing.body.double_opt_in.status, 'refused');
  assert.equal(missing.body.double_opt_in.reason, 'template_missing');
  await h.post('/api/wa/templates', {
    name: 'opt_in_question',
    category: 'opt_in_request',
    language: 'en',
    body: 'You asked for our offers on WhatsApp. Answer YES to get them.',
    submit: true,
  });
  await h.control('/templates/opt_in_question/review', { status: 'APPROVED' });
  await h.settle();

  const asked = await ask(phone);
  assert.equal(asked.body.double_opt_in.status, 'asked', asked.text);
  assert.equal(asked.body.consents.marketing.status, 'none');
  assert.equal((await promo(phone)).reason, 'no_consent');
  assert.equal((await ask(phone)).body.double_opt_in.message_id, asked.body.double_opt_in.message_id, 'asked once');
  await h.settle();
  const { body: chat } = await h.control(`/phones/${phone}/messages`);
  assert.equal(chat.filter((one: { text: string }) => /Answer YES/.test(one.text)).length, 1);

  await says(other, 'YES');
  assert.equal((await promo(other)).reason, 'no_consent', 'nobody asked them anything');
  await says(phone, 'Da, mulțumesc!');
  assert.equal((await promo(phone)).outcome, 'queue');
  const proof = (await h.get(`/api/v1/consents/${asked.body.contact_id}/proof`)).body;
  const [question, grant] = proof.entries.slice(-2);
  assert.deepEqual([question.action, grant.action, grant.said_by], ['ask', 'grant', 'person']);
  assert.equal(grant.text_shown, shown);
  assert.equal(grant.evidence.text, 'Da, mulțumesc!');

  h.clock.advance(60_000);
  await says(phone, 'STOP');
  h.clock.advance(60_000);
  const stopped = await ask(phone);
  assert.equal(stopped.body.double_opt_in?.reason, 'opted_out', 'asking is no way around a STOP');
  await says(phone, 'YES');
  assert.equal((await promo(phone)).reason, 'opted_out');
});

test('a YES counts for the question that was open when it was said', async () => {
  const phone = phoneOf(9_122);
  const ask = (purposes: string[]) =>
    h.post('/api/wa/optin', optIn(phone, { text: `for ${purposes}`, purposes, double_opt_in: {} }));
  await ask(['marketing']);
  await h.settle();
  h.clock.advance(8 * 24 * 3_600_000);
  await says(phone, 'yes');
  assert.equal((await promo(phone)).reason, 'no_consent', 'a week is over');
  await ask(['transactional']);
  await h.settle();
  await says(phone, 'yes');
  const { body } = await h.get(`/api/v1/contacts?phone=${encodeURIComponent(phone)}`);
  const { consents } = (await h.get(`/api/v1/contacts/${body.data[0].id}`)).body;
  assert.deepEqual(
    consents.map((one: { purpose: string; status: string }) => [one.purpose, one.status]),
    [['transactional', 'opted_in']],
  );
  for (const [body, field] of [
    [optIn(phone, { status: 'opt_out', double_opt_in: {} }), 'double_opt_in'],
    [optIn(phone, { text: undefined, double_opt_in: {} }), 'text'],
    [optIn(phone, { double_opt_in: { templat: 'x' } }), 'double_opt_in'],
  ] as const) {
    const answer = await h.post('/api/wa/optin', body);
    assert.equal(answer.status, 422, answer.text);
    assert.match(answer.body.error.fields[0].path, new RegExp(field));
  }
});

const question = (to: string, more = {}) =>
  h.post('/api/wa/optin', optIn(to, { text: 'offers?', purposes: ['marketing'], double_opt_in: {}, ...more }));

test('a question that was shown to nobody can’t be answered, and one that failed is asked anew', async () => {
  const phone = phoneOf(9_123);
  const [sender] = (await h.get('/api/v1/senders')).body.data;
  await h.patch(`/api/v1/senders/${sender.id}`, { status: 'disabled' });
  const held = await question(phone);
  assert.equal(held.body.double_opt_in.status, 'asked');
  await says(phone, 'yes');
  assert.equal((await promo(phone)).reason, 'no_consent', 'it was an answer to something else');
  await h.patch(`/api/v1/senders/${sender.id}`, { status: 'active' });
  await h.control('/faults', { error_rate: 1, code: 131026 });
  h.clock.advance(61_000);
  await h.settle();
  await h.control('/faults', { error_rate: 0 });
  const again = await question(phone);
  assert.notEqual(again.body.double_opt_in.message_id, held.body.double_opt_in.message_id);
  await h.settle();
  h.clock.advance(1_000);
  await says(phone, 'yes');
  assert.notEqual((await promo(phone)).outcome, 'refuse');
});

test('a refused question leaves the one before it open, a merge takes it along, and another template can’t be passed off', async () => {
  const [phone, other] = [phoneOf(9_124), phoneOf(9_125)];
  assert.equal((await question(phone)).body.double_opt_in.status, 'asked');
  await h.settle();
  const bad = await question(phone, { text: 'another?', double_opt_in: { template: 'offer' } });
  assert.deepEqual([bad.body.double_opt_in.status, bad.body.double_opt_in.reason], ['refused', 'template_missing']);
  const into = (await h.post('/api/wa/optin', optIn(other))).body.contact_id;
  const merge = { contact_id: bad.body.contact_id, reason: 'the same person' };
  assert.equal((await h.post(`/api/v1/contacts/${into}/merge`, merge)).status, 200);
  h.clock.advance(1_000);
  await says(phone, 'da');
  assert.notEqual((await promo(other)).outcome, 'refuse');
});

test('an advertisement is one under any purpose: no reply, no question and no confirmation carries it', async () => {
  const stranger = phoneOf(9_126);
  const send = (purpose: string, name: string) =>
    h.post('/api/v1/messages', {
      to: { phone: stranger },
      purpose,
      template: { name, variables: { first_name: 'A', order_id: '1' } },
    });
  assert.equal((await send('reply', 'order_confirm')).body.reason, 'no_active_session', 'nobody wrote');
  await h.post('/api/wa/optin', optIn(stranger));
  assert.equal((await send('order_confirm', 'offer')).body.reason, 'template_missing');
  await says(stranger, 'hello');
  assert.equal((await send('reply', 'offer')).body.reason, 'template_missing');
  await h.control(`/phones/${stranger}/stop-marketing`, {});
  await h.settle();
  assert.equal((await question(stranger)).body.double_opt_in.reason, 'stopped_in_whatsapp');
});

test('a STOP before a YES ends the question, in whatever order the two arrive', async () => {
  const phone = phoneOf(9_127);
  await question(phone);
  await h.settle();
  const { core } = h.app;
  const apply = async (text: string, at: number, id: string) => {
    const value = {
      contacts: [{ wa_id: phone.slice(1) }],
      messages: [
        { from: phone.slice(1), id, timestamp: String(Math.floor(at / 1000)), type: 'text', text: { body: text } },
      ],
    };
    const body = JSON.stringify({ object: 'x', entry: [{ id: '1', changes: [{ field: 'messages', value }] }] });
    assert.equal((await deliver(h, body)).status, 200);
    await h.settle();
  };
  const asked = core.clock.now();
  h.clock.advance(60_000);
  await apply('yes', asked + 20_000, 'wamid.late.yes');
  assert.notEqual((await promo(phone)).outcome, 'refuse');
  await apply('STOP', asked + 10_000, 'wamid.late.stop');
  assert.equal((await promo(phone)).reason, 'opted_out', 'as if they had come in their order');
});
