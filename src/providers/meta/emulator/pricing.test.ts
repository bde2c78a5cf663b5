import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  changeOf,
  GREETING,
  NUMBER,
  openPlatform,
  PERSON,
  type Platform,
  sentId,
  statusOf,
  textParameters,
} from './testing.ts';

let platform: Platform;
before(async () => {
  platform = await openPlatform();
  await platform.approved(GREETING);
  await platform.approved({ ...GREETING, name: 'offer', category: 'MARKETING' });
});
after(() => platform.close());

const person = (body: unknown, phone = PERSON) => platform.control(`phones/${phone}/messages`, body);
const clock = (now: string) => platform.control('clock', { now });

/** As what the platform says that it charges the message, in every receipt that says anything. */
async function charged(sent: Promise<Awaited<ReturnType<Platform['send']>>>): Promise<string> {
  const id = sentId(await sent);
  const said = await Promise.all(
    ['sent', 'delivered'].map(async status => {
      const one = await platform.receiver.next(
        received =>
          changeOf(received)?.field === 'messages' &&
          statusOf(received)?.['id'] === id &&
          statusOf(received)?.['status'] === status,
      );
      const { type, category, billable } = statusOf(one)!['pricing'] as Record<string, unknown>;
      return `${category} ${type} ${billable}`;
    }),
  );
  assert.equal(said[0], said[1], 'both receipts say the same');
  return said[0]!;
}

const text = () => platform.send({ type: 'text', text: { body: 'hello' } });
const template = (name: string) => platform.sendTemplate(name, textParameters('Ana'));

test('until October 2026 replies and utility templates inside the window are free, and no marketing is', async () => {
  await clock('2026-09-30T20:00:00Z');
  assert.equal(await charged(template('greeting')), 'utility regular true');
  await person({ text: 'hi' });
  assert.equal(await charged(template('greeting')), 'utility free_customer_service false');
  assert.equal(await charged(text()), 'service free_customer_service false');
  assert.equal(await charged(template('offer')), 'marketing regular true');
});

test('since then utility is charged inside the window, and replies once the number’s free ones are used up', async () => {
  await clock('2026-10-01T00:00:00Z');
  assert.equal(await charged(template('greeting')), 'utility regular true');
  await platform.control(`numbers/${NUMBER}`, { free_replies: 1 });
  assert.equal(await charged(text()), 'service free_customer_service false');
  assert.equal(await charged(text()), 'service regular true');
  const { json } = await platform.control(`numbers/${NUMBER}`, {});
  assert.equal(json['free_replies'], 0);
  assert.equal((await platform.control(`numbers/${NUMBER}`, { free_replies: 1_001 })).status, 422);
  await clock('2026-11-01T00:00:00Z');
  await person({ text: 'hi again' });
  assert.equal(await charged(text()), 'service free_customer_service false', 'a new month has new ones');
});

test('whoever came by an ad and is answered within a day is written to for free for three', async () => {
  const phone = '+40712345688';
  const to = (sent: Record<string, unknown>) => platform.send({ to: phone, ...sent });
  const offer = () =>
    to({ type: 'template', template: { name: 'offer', language: { code: 'en' }, components: textParameters('Ana') } });
  await clock('2026-11-05T10:00:00Z');
  await person({ text: 'I saw your ad', referral: { source_type: 'ad' } }, phone);
  await clock('2026-11-05T20:00:00Z');
  assert.equal(await charged(offer()), 'marketing free_entry_point false', 'the answer itself');
  await clock('2026-11-08T19:59:00Z');
  assert.equal(await charged(offer()), 'marketing free_entry_point false');
  await clock('2026-11-08T20:01:00Z');
  assert.equal(await charged(offer()), 'marketing regular true');
  await person({ text: 'Another ad', referral: { source_type: 'ad' } }, phone);
  await clock('2026-11-09T20:02:00Z');
  assert.equal(await charged(offer()), 'marketing regular true', 'answered too late');
});
