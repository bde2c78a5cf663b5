import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Candidate } from '../provider.ts';
import type { StoredContent } from './command.ts';
import { keyText } from './correlation.ts';
import { choose } from './look-up.ts';
import { judgeSilence } from './resolve.ts';

const candidate = (text: string | null, providerId = 'SM1'): Candidate => ({
  providerId,
  text,
  outcome: { kind: 'accepted', providerId },
});
const text = (words: string): StoredContent => ({ kind: 'text', text: words });
const template = (body: string, code?: string): StoredContent => ({
  kind: 'template',
  name: 'n',
  language: 'en',
  providerTemplateId: null,
  header: [],
  body: [],
  rendered: { header: null, body, footer: null },
  ...(code === undefined ? {} : { code }),
});

test('what was lost is the one message that says what it says; in doubt it is none', () => {
  const one = candidate('Hi Ana.');
  assert.equal(choose([one], text('Hi Ana. ')), one);
  assert.equal(choose([candidate('Hi Mihai.', 'SM2'), one], template('Hi Ana.')), one);
  assert.equal(choose([], text('Hi Ana.')), 'absent');
  assert.equal(
    choose([candidate('Hi Mihai.')], text('Hi Ana.')),
    'unclear',
    'something left, and may be it in other words',
  );
  assert.equal(choose([candidate(null)], text('Hi Ana.')), 'unclear');
  assert.equal(choose([one, candidate('Hi Ana.', 'SM2')], text('Hi Ana.')), 'unclear');
});

test('what something else on its way to this person may be is not taken for the one that was lost', () => {
  const one = candidate('Hi Ana.');
  assert.equal(choose([one], text('Hi Ana.'), [text('Hi Mihai.')]), one);
  assert.equal(choose([one], text('Hi Ana.'), [text('Hi Mihai.'), template('Hi Ana.')]), 'unclear');
  assert.equal(choose([], text('Hi Ana.'), [text('Hi Ana.')]), 'absent', 'what is not there is nobody’s');
});

test('a code that is stored in no text is recognised by the words around it', () => {
  const stored = template('*••••••* is your code.', 'c-1');
  assert.notEqual(choose([candidate('*424242* is your code.')], stored), 'unclear');
  assert.equal(choose([candidate('*424242* is no code.')], stored), 'unclear');
});

test('what the provider could not say is no reason to send again, and what it does not have is sent again by its rule', () => {
  const silence = { drainedForMs: 3_600_000, upForMs: 3_600_000 };
  const lost = {
    id: '1',
    purpose: 'order_confirm',
    resends: 0,
    sender_id: 's',
    silent_ms: 180_000,
    expires_at: null,
    receipts_missing: false,
    first_at: null,
  };
  assert.equal(judgeSilence(lost, silence, 0, 'pending'), 'wait');
  assert.equal(judgeSilence(lost, silence, 0, 'absent'), 'resend');
  assert.equal(judgeSilence({ ...lost, receipts_missing: true }, silence, 0, 'absent'), 'resend');
  assert.equal(judgeSilence({ ...lost, silent_ms: 60_000 }, silence, 0, 'absent'), 'wait', 'not before its time');
  assert.equal(judgeSilence({ ...lost, purpose: 'promo', silent_ms: 3_600_000 }, silence, 0, 'absent'), 'close');
  assert.equal(judgeSilence({ ...lost, resends: 1 }, silence, 0, 'absent'), 'close');
});

test('where repeats are folded by their key a doubt is sent again at once, as long as the key is remembered', () => {
  const day = 86_400_000;
  const silence = { drainedForMs: 0, upForMs: 0 };
  const lost = {
    id: 'm',
    purpose: 'order_confirm',
    resends: 0,
    sender_id: 's',
    silent_ms: 1_000,
    expires_at: null,
    receipts_missing: true,
    first_at: 0,
  };
  const judge = (changes: object, now = 1_000) =>
    judgeSilence({ ...lost, ...changes }, silence, now, 'impossible', day);
  assert.equal(judge({}), 'resend');
  assert.equal(judge({ silent_ms: 999 }), 'wait');
  assert.equal(judge({ resends: 3 }), 'wait', 'rarer each time');
  assert.equal(judge({ resends: 3, silent_ms: 8_000 }), 'resend', 'and as often as it takes: it is one message');
  assert.equal(judge({ silent_ms: 30 * day, resends: 40 }), 'resend');
  assert.equal(judge({ first_at: null }), 'wait');
  assert.equal(judge({}, day), 'wait', 'the key may be forgotten: from here on silence is judged as everywhere');
  assert.equal(judge({ expires_at: 500, silent_ms: day }), 'wait', 'of no use any more');
  assert.equal(judge({ purpose: 'promo' }), 'wait', 'advertising is never sent again');
  assert.equal(judgeSilence(lost, silence, 1_000), 'wait', 'without a key nothing of this');
});

test('a key is the same for all that is in doubt, and another one after a definite no or a person’s requeue', () => {
  const id = '019ab3f0-5c1e-7d0f-8a2b-4c6d8e0f1a2c';
  assert.equal(keyText(id, 0, 0), keyText(id, 0, 0));
  assert.equal(new Set([keyText(id, 0, 0), keyText(id, 0, 1), keyText(id, 1, 0)]).size, 3);
});
