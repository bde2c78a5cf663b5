import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { after, before, test } from 'node:test';
import { openWebhookSender, type WebhookSender } from './webhook-sender.ts';

/** what the server says to each request in turn, piece by piece; null hangs up */
const script: (string | null)[][] = [];
let server: Server;
let sender: WebhookSender;
let url: string;
let connections = 0;
const requests: string[] = [];

before(async () => {
  sender = openWebhookSender();
  server = createServer(socket => {
    connections++;
    socket.on('error', () => {});
    socket.on('data', async chunk => {
      requests.push(chunk.toString());
      for (const piece of script.shift() ?? []) {
        if (piece === null) return socket.destroy();
        socket.write(piece);
        await new Promise(resolve => setTimeout(resolve, 3));
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?a=1`;
});
after(() => {
  sender.close();
  server.close();
});

function post(body = '{}'): Promise<number> {
  return new Promise(resolve => sender.post(url, body, { 'content-type': 'application/json' }, resolve));
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

test('the request has its address, headers and length in bytes', async () => {
  script.push([OK]);
  assert.equal(await post('{"a":"ă"}'), 200);
  assert.match(
    requests[0] ?? '',
    /^POST \/hook\?a=1 HTTP\/1\.1\r\nhost: 127\.0\.0\.1:\d+\r\ncontent-type: application\/json\r\ncontent-length: 10\r\n\r\n/,
  );
});

test('answers are understood in pieces, in chunks, without a body and after an interim one', async () => {
  const opened = connections;
  script.push(['HTTP/1.1 5', '03 Busy\r\nContent-Le', 'ngth: 4\r\n\r\nno', 'no']);
  assert.equal(await post(), 503);
  script.push(['HTTP/1.1 201 Made\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n', '0\r\n\r\n']);
  assert.equal(await post(), 201);
  script.push(['HTTP/1.1 204 Nothing\r\n\r\n']);
  assert.equal(await post(), 204);
  script.push(['HTTP/1.1 100 Go on\r\n\r\n', OK]);
  assert.equal(await post(), 200);
  assert.equal(connections, opened, 'all over the one connection');
});

test('a connection that the other side closes is replaced, also when it is found closed only in use', async () => {
  script.push(['HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n']);
  assert.equal(await post(), 200);
  script.push([OK]);
  assert.equal(await post(), 200);
  script.push([null], [OK]);
  assert.equal(await post(), 200);
  script.push([null], [null]);
  assert.equal(await post(), 0);
});

test('nobody there is status 0', async () => {
  const status = await new Promise(resolve => sender.post('http://127.0.0.1:1/', '{}', {}, resolve));
  assert.equal(status, 0);
});
