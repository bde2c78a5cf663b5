/** The signature judged by the vendor's own SDK: its published vectors, and whatever fast-check thinks of. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import sdk from 'twilio';
import { sha256 } from '#lib/hmac.ts';
import { signature } from './emulator/webhooks.ts';
import { verify } from './signature.ts';

type Parameters = Readonly<Record<string, string | readonly string[]>>;

const form = (parameters: Parameters) =>
  Buffer.from(
    new URLSearchParams(
      Object.entries(parameters).flatMap(([name, value]) =>
        [value].flat().map((one): [string, string] => [name, String(one)]),
      ),
    ).toString(),
  );
const signed = (url: string, body: Buffer, given: string, secrets: readonly string[] = ['12345']) =>
  verify({ url, body, headers: { 'x-twilio-signature': given } }, secrets);

const URL = 'https://mycompany.com/myapp.php?foo=1&bar=2';
const CALL = {
  CallSid: 'CA1234567890ABCDE',
  Caller: '+14158675309',
  Digits: '1234',
  From: '+14158675309',
  To: '+18005551212',
};

const VECTORS: readonly [what: string, url: string, parameters: Parameters, given: string][] = [
  ['a call', URL, CALL, 'RSOYDt4T1cUTdK1PDd93/VVr8B8='],
  [
    'a repeated name, in any order',
    URL,
    { 'MessagingBinding.Address': ['+1415xxxxxxx', '+1325xxxxxxx'] },
    '83O6e2vORAoJHUNzJjDWN1jz+BA=',
  ],
  [
    'a value said twice, counted once',
    URL,
    { Sid: 'CA123', SidAccount: 'AC123', Digits: ['5678', '1234', '1234'] },
    'IK+Dwps556ElfBT0I3Rgjkr1wJU=',
  ],
  ['a port of its own', 'http://mycompany.com:1234/myapp.php?foo=1&bar=2', CALL, 'Zmvh+3yNM1Phv2jhDCwEM3q5ebU='],
  ['the usual port, signed and not called', URL, CALL, 'kvajT1Ptam85bY51eRf/AJRuM3w='],
  ['the other usual port', URL.replace('https', 'http'), CALL, '0ZXoZLH/DfblKGATFgpif+LLRf4='],
  ['a plus in the query', `${URL}&Body=It's+amazing`, CALL, 'TfZzewPq8wqrGlMfyAud8+/IvJ0='],
];

for (const [what, url, parameters, given] of VECTORS)
  test(`the published vector fits: ${what}`, () => {
    assert.equal(signed(url, form(parameters), given), true);
    assert.equal(signed(url, form(parameters), given, ['54321']), false);
    assert.equal(signed(url, form({ ...parameters, To: 'whatsapp:+15550001' }), given), false);
    assert.equal(signed(url.replace('foo=1', 'foo=2'), form(parameters), given), false);
  });

const JSON_URL = `${URL}&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620`;

test('JSON is signed by its digest in the address, over the raw bytes', () => {
  const body = Buffer.from('{"property": "value", "boolean": true}');
  const given = 'a9nBmqA0ju/hNViExpshrM61xv4=';
  assert.equal(signed(JSON_URL, body, given), true);
  assert.equal(signed(JSON_URL, Buffer.from('{"property":"value","boolean":true}'), given), false);
  assert.equal(signed(JSON_URL, form(CALL), given), false, 'a form in its place is no way around');
  assert.equal(signed(URL, body, given), false);
});

test('nothing, half of it and other secrets are refused', () => {
  const given = 'RSOYDt4T1cUTdK1PDd93/VVr8B8=';
  for (const other of ['', 'AAAA', given.slice(0, -4), `${given}AAAA`, given.toLowerCase(), '*'.repeat(28)])
    assert.equal(signed(URL, form(CALL), other), false, other);
  assert.equal(signed(URL, form(CALL), given, []), false);
  assert.equal(signed(URL, form(CALL), given, ['']), false);
  assert.equal(signed(URL, form(CALL), given, ['new', '12345']), true, 'during a rotation');
  assert.equal(signed('', form(CALL), given), false);
});

const name = fc.stringMatching(/^[A-Za-z_.][A-Za-z0-9_.]{0,12}$/).filter(word => word !== '__proto__');
const value = fc.string({ unit: 'binary', maxLength: 40 }).map(text => text.toWellFormed());
const parameters = fc.dictionary(name, fc.oneof(value, fc.array(value, { minLength: 2, maxLength: 4 })), {
  maxKeys: 8,
});
const url = fc
  .record({
    scheme: fc.constantFrom('http', 'https'),
    host: fc.stringMatching(/^[a-z][a-z0-9]{0,10}(\.[a-z]{2,5}){1,2}$/),
    port: fc.constantFrom('', ':443', ':80', ':8443', ':1234'),
    path: fc.stringMatching(/^(\/[A-Za-z0-9._~-]{1,8}){0,4}$/),
    query: fc.stringMatching(/^(\?[a-z]{1,4}=[A-Za-z0-9._~%+'-]{0,12}(&[a-z]{1,4}=[A-Za-z0-9.]{0,8}){0,2})?$/),
  })
  .map(({ scheme, host, port, path, query }) => `${scheme}://${host}${port}${path === '' ? '/' : path}${query}`);

test('whatever is sent, the adapter and the emulator sign and judge as the SDK does', () => {
  fc.assert(
    fc.property(url, parameters, fc.string({ minLength: 1 }), (called, given, token) => {
      const body = form(given);
      const theirs = sdk.getExpectedTwilioSignature(token, called, { ...given });
      assert.equal(signature(token, called, body.toString()), theirs);
      assert.equal(signed(called, body, theirs, [token]), true);
      assert.equal(sdk.validateRequest(token, theirs, called, { ...given }), true);
      // One more parameter, or another address: refused by both.
      const more = { ...given, Zz: 'x' };
      assert.equal(signed(called, form(more), theirs, [token]), sdk.validateRequest(token, theirs, called, more));
      const elsewhere = `${called.split('?')[0]}x`;
      assert.equal(
        signed(elsewhere, body, theirs, [token]),
        sdk.validateRequest(token, theirs, elsewhere, { ...given }),
      );
    }),
    { numRuns: 300 },
  );
});

test('with the usual port or without it: what one of the two accepts, the other does', () => {
  fc.assert(
    fc.property(url, url, parameters, (signedUrl, called, given) => {
      const theirs = sdk.getExpectedTwilioSignature('t', signedUrl, { ...given });
      for (const one of [called, signedUrl, signedUrl.replace(/:(443|80)\b/, '')])
        assert.equal(signed(one, form(given), theirs, ['t']), sdk.validateRequest('t', theirs, one, { ...given }));
    }),
    { numRuns: 300 },
  );
});

test('any JSON: the SDK’s check with a body and ours agree', () => {
  fc.assert(
    fc.property(url, fc.json(), fc.json(), (called, text, other) => {
      const join = called.includes('?') ? '&' : '?';
      const full = `${called}${join}bodySHA256=${sha256(text).toString('hex')}`;
      const theirs = sdk.getExpectedTwilioSignature('t', full, {});
      for (const body of [text, other])
        assert.equal(
          signed(full, Buffer.from(body), theirs, ['t']),
          sdk.validateRequestWithBody('t', theirs, full, body),
        );
    }),
    { numRuns: 200 },
  );
});
