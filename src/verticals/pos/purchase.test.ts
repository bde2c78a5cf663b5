import assert from 'node:assert/strict';
import { test } from 'node:test';
import { itemsLine, type Purchase, personOf, receiptVariables } from './purchase.ts';

const item = (name: string, quantity = 1) => ({ name, quantity, price_micros: 1_000_000 });
const purchase: Purchase = {
  transactionId: 'T-1',
  storeName: 'Old Café',
  items: [item('Espresso', 2), item('Oranges', 0.75)],
  totalMicros: 1_500_500_000,
  currency: 'INR',
  paymentMethod: 'card',
  receiptUrl: null,
  soldAt: Date.UTC(2026, 10, 21, 22, 30),
};

test('a template may take the sum with its currency, or alone beside a sign of its own', () => {
  const english = receiptVariables(purchase, { name: 'Ana Pop', customer_id: '7' }, 'Asia/Kolkata', 'en');
  assert.deepEqual(english, {
    store_name: 'Old Café',
    transaction_id: 'T-1',
    date: 'Sunday, November 22, 2026',
    time: '04:00 AM',
    items_count: '3',
    items: '2 × Espresso, 0.75 × Oranges',
    total: '₹1,500.50',
    total_amount: '1,500.50',
    currency: 'INR',
    payment_method: 'card',
    customer_name: 'Ana Pop',
    customer_id: '7',
  });
  const romanian = receiptVariables(purchase, {}, 'Europe/Bucharest', 'ro');
  assert.equal(romanian['total_amount'], '1.500,50');
  assert.equal(romanian['items'], '2 × Espresso, 0,75 × Oranges');
  assert.ok(!('customer_name' in romanian), 'what is not known is not filled');
});

test('the line of goods is cut between them, and says how many it leaves out', () => {
  assert.equal(itemsLine([item('Tea')], 'en'), 'Tea');
  const many = Array.from({ length: 1_000 }, (_, at) => item(`Article ${at}`));
  const line = itemsLine(many, 'ro');
  assert.match(line, /^Article 0, Article 1, .* … \+974$/);
  assert.ok(line.length <= 310);
});

test('one name never takes the whole line, nor half of a letter, nor hides anything', () => {
  assert.equal(itemsLine([item('🍞'.repeat(80))], 'en'), `${'🍞'.repeat(59)}…`);
  assert.equal(itemsLine([item('Te\u0000a\u202e\u200b')], 'en'), 'Te a');
  assert.equal(itemsLine([item('क्\u200dष')], 'hi'), 'क्\u200dष', 'joiners are letters of their language');
  assert.equal(itemsLine([item('\u200b')], 'en'), '…');
});

test('the first word of a name greets, the rest is the family’s', () => {
  assert.deepEqual(personOf({ name: ' Ana  Maria Pop ', locale: 'ro' }), {
    firstName: 'Ana',
    lastName: 'Maria Pop',
    locale: 'ro',
  });
  assert.deepEqual(personOf({ name: ' ' }), { firstName: undefined, lastName: undefined, locale: undefined });
});
