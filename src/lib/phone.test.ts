import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maskPhone, parsePhone } from './phone.ts';

test('every spelling of a number is one number', () => {
  // biome-ignore format: spellings
  for (const spelling of ['+40712345678', '+40 712 345 678', '+40.712.345.678', '+40\u00a0712\u00a0345\u00a0678', '+40712345678\u200b', ' +40712345678 ', 'tel:+40712345678', '+٤٠٧١٢٣٤٥٦٧٨', '＋４０７１２３４５６７８', '+40 (712) 345-678']) {
    assert.equal(parsePhone(spelling)?.phone, '+40712345678', spelling);
  }
  assert.equal(parsePhone('0712345678', 'RO')?.phone, '+40712345678');
  assert.equal(parsePhone('+447911123456')?.country, 'GG', 'not every +44 is Great Britain');
});

test('what is no number, or more than one, is refused', () => {
  // biome-ignore format: a corpus
  for (const wrong of ['', '+', '+0', '+0123', '+1234567890123456', '0721000000', '00407', '+1 (555) 0100 ext 5', '+40712345678,+40712345679', '+40712345678 +40712345679', 'BR.1502576394655843', '40712345678@c.us', '@ana', 'Ana', '+40', '1'.repeat(60)]) {
    assert.equal(parsePhone(wrong), undefined, wrong);
  }
});

test('a masked number is useless to anyone but its owner', () => {
  assert.equal(maskPhone('+40712345678'), '+40…78');
});
