import assert from 'node:assert/strict';
import { test } from 'node:test';
import { difference } from './difference.ts';

const answer = { status: 'sent', data: [{ id: 1 }, { id: 2, tags: ['a', 'b'] }], next: null };

test('what a document leaves out may be anything', () => {
  for (const shown of [
    {},
    { status: 'sent' },
    { data: [] },
    { data: [{ id: 2 }] },
    { data: [{ tags: ['b'] }], next: null },
  ])
    assert.equal(difference(answer, shown), undefined, JSON.stringify(shown));
});

test('what it shows is there, equal and in its order', () => {
  assert.match(difference(answer, { status: 'read' })!, /the answer\.status is "sent", not "read"/);
  assert.match(difference(answer, { error: null })!, /no error/);
  assert.match(difference(answer, { data: [{ id: 2 }, { id: 1 }] })!, /data\[1\]/);
  assert.match(difference(answer, { next: [] })!, /no list/);
  assert.match(difference('not JSON', { status: 'sent' })!, /"not JSON"/);
});
