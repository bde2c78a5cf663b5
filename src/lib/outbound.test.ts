import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { test } from 'node:test';
import { isPublicAddress } from './address.ts';
import { openOutbound, refuseUrl } from './outbound.ts';
import { insideTransaction } from './transaction-mark.ts';

// biome-ignore format: a corpus
const PRIVATE = [
  'http://127.1', 'http://2130706433', 'http://0x7f.1', 'http://[::1]/', 'http://[::ffff:169.254.169.254]/', 'https://127.0.0.1', 'https://127.1', 'https://0x7f.1', 'https://2130706433', 'https://017700000001',
  'https://10.0.0.1', 'https://172.16.0.1', 'https://172.31.255.255', 'https://192.168.1.1', 'https://169.254.169.254/latest/meta-data', 'https://100.64.0.1', 'https://0.0.0.0', 'https://224.0.0.1', 'https://255.255.255.255',
  'https://198.18.0.1', 'https://192.0.2.1', 'https://198.51.100.1', 'https://203.0.113.1', 'https://[::1]', 'https://[::]', 'https://[fe80::1]', 'https://[fc00::1]', 'https://[fd12::1]', 'https://[::ffff:10.0.0.1]', 'https://[::ffff:7f00:1]',
  'https://[64:ff9b::a00:1]', 'https://[2002:7f00:1::]', 'https://[2001:db8::1]', 'https://[ff02::1]', 'https://a@127.0.0.1', 'https://user:pass@example.com', 'https://example.com:22', 'https://example.com:80', 'http://example.com',
  'file:///etc/passwd', 'gopher://x', 'data:text/html,x', 'javascript:alert(1)', 'ftp://example.com', 'not a url', '',
];

test('a stranger’s URL that names a private place, or hides one, is refused before anything is dialled', () => {
  for (const url of PRIVATE) assert.notEqual(refuseUrl(url), undefined, url);
  for (const url of [
    'https://example.com/hook',
    'https://example.com:8443/',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
  ])
    assert.equal(refuseUrl(url), undefined, url);
});

test('what is public is a short list, and everything else is not', () => {
  for (const address of ['8.8.8.8', '1.1.1.1', '2606:4700:4700::1111'])
    assert.equal(isPublicAddress(address), true, address);
  for (const address of ['127.0.0.1', '::1', '::ffff:8.8.8.8', '2001::1', 'fe80::1', 'nonsense', ''])
    assert.equal(isPublicAddress(address), false, address);
});

test('a name that leads to this machine is refused inside the socket’s own look-up: nobody is dialled', async () => {
  let connections = 0;
  const canary = createTcpServer(socket => {
    connections += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(canary, 'listening');
  const outbound = openOutbound({ trust: 'stranger', timeoutMs: 2_000, connections: 1 });
  const { port } = canary.address() as AddressInfo;
  // 8443 is the only other port that strangers may name; a name on it must still not reach loopback.
  const answer = await outbound.request({ method: 'GET', url: 'https://localhost:8443/', headers: {} });
  assert.equal(answer.kind, 'unreached');
  assert.match(JSON.stringify(answer), /not public/);
  assert.equal(
    (await outbound.request({ method: 'GET', url: `https://localhost:${port}/`, headers: {} })).kind,
    'unreached',
  );
  assert.equal(connections, 0);
  canary.close();
  await outbound.close();
});

test('the operator’s own addresses may be loopback; redirects are not followed; a huge answer is cut off', async () => {
  const server = createServer((request, response) => {
    if (request.url === '/redirect') response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    else if (request.url === '/huge') response.writeHead(200).end('x'.repeat(2_000_000));
    else response.writeHead(200, { 'x-one': 'yes' }).end('hello');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const outbound = openOutbound({ trust: 'operator', timeoutMs: 2_000, connections: 2 });
  const get = (path: string) => outbound.request({ method: 'GET', url: base + path, headers: {} });
  const hello = await get('/');
  assert.ok(hello.kind === 'answer' && hello.body === 'hello' && hello.headers['x-one'] === 'yes');
  const redirect = await get('/redirect');
  assert.ok(redirect.kind === 'answer' && redirect.status === 302);
  assert.equal((await get('/huge')).kind, 'uncertain');
  await outbound.close();
  server.close();
});

test('a closed port proves that nothing was seen; a cut and a silence prove nothing', async () => {
  const outbound = openOutbound({ trust: 'operator', timeoutMs: 200, connections: 1 });
  const post = (port: number) =>
    outbound.request({ method: 'POST', url: `http://127.0.0.1:${port}/`, headers: {}, body: '{}' });
  assert.equal((await post(9)).kind, 'unreached');
  const cutting = createTcpServer(socket => socket.once('data', () => socket.destroy())).listen(0, '127.0.0.1');
  const silent = createTcpServer(() => {}).listen(0, '127.0.0.1');
  await Promise.all([once(cutting, 'listening'), once(silent, 'listening')]);
  assert.equal((await post((cutting.address() as AddressInfo).port)).kind, 'uncertain');
  assert.equal((await post((silent.address() as AddressInfo).port)).kind, 'uncertain');
  cutting.close();
  silent.close();
});

test('nobody waits for the network inside a transaction', async () => {
  const outbound = openOutbound({ trust: 'operator', timeoutMs: 200, connections: 1 });
  await assert.rejects(
    insideTransaction('test', () => outbound.request({ method: 'GET', url: 'http://127.0.0.1:9/', headers: {} })),
    /inside the transaction/,
  );
});
