import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { openSecretBox } from './secret.ts';

const master = randomBytes(32);
const box = openSecretBox(master);

test('what was sealed opens in its own place and nowhere else', () => {
  const sealed = box.seal('tenant/sender/1', 'a secret');
  assert.equal(box.open('tenant/sender/1', sealed), 'a secret');
  assert.throws(() => box.open('tenant/sender/2', sealed));
  assert.throws(() => openSecretBox(randomBytes(32)).open('tenant/sender/1', sealed));
  assert.ok(!sealed.includes('a secret'));
});

test('no byte of it can be changed, and no two seals look alike', () => {
  const sealed = box.seal('p', 'x');
  for (let index = 0; index < sealed.length; index += 1) {
    const bent = Buffer.from(sealed);
    bent[index]! ^= 1;
    assert.throws(() => box.open('p', bent), `byte ${index}`);
  }
  assert.notDeepEqual(box.seal('p', 'x'), sealed);
});

test('derived keys differ by purpose and stay the same over restarts', () => {
  assert.deepEqual(box.derive('a'), openSecretBox(master).derive('a'));
  assert.notDeepEqual(box.derive('a'), box.derive('b'));
  assert.throws(() => openSecretBox(Buffer.alloc(31)));
});
