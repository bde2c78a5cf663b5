/** What a restore looks like from inside, and what only resembles one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FoundEpoch, judgeEpoch } from './epoch.ts';

const found: FoundEpoch = {
  id: 'a',
  beat: 100,
  system_identifier: '7',
  timeline: 1,
  found_identifier: '7',
  found_timeline: 1,
};

test('a restart, the first start, one more machine: nothing is held', () => {
  assert.equal(judgeEpoch(found, { id: 'a', beat: 100 }), undefined);
  // The file is written after the commit, and another process may have been the last.
  assert.equal(judgeEpoch(found, { id: 'a', beat: 97 }), undefined);
  assert.equal(judgeEpoch(found, undefined), undefined);
  assert.equal(judgeEpoch({ ...found, beat: 0 }, { id: 'b', beat: 50 }), undefined);
});

test('a database that knows less than we saw was rewound', () => {
  assert.equal(judgeEpoch(found, { id: 'a', beat: 101 }), 'rewound');
});

test('a dump that was loaded elsewhere stands on another server, whoever asks', () => {
  for (const kept of [undefined, { id: 'a', beat: 90 }])
    assert.equal(judgeEpoch({ ...found, found_identifier: '8' }, kept), 'moved');
});

test('a new timeline is a failover where nothing is missing, and a restore where nobody remembers', () => {
  assert.equal(judgeEpoch({ ...found, found_timeline: 2 }, { id: 'a', beat: 100 }), undefined);
  assert.equal(judgeEpoch({ ...found, found_timeline: 2 }, { id: 'a', beat: 105 }), 'rewound');
  assert.equal(judgeEpoch({ ...found, found_timeline: 2 }, undefined), 'rewound');
});

test('a data folder that worked with another database, and the word of the restore itself', () => {
  assert.equal(judgeEpoch(found, { id: 'b', beat: 1 }), 'exchanged');
  assert.equal(judgeEpoch(found, { id: 'a', beat: 100, restored: true }), 'restored');
});
