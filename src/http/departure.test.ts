/** The end of a server, seen from a connection that was open before. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import Fastify from 'fastify';
import { systemClock } from '#lib/clock.ts';
import { createDeparture } from './departure.ts';

async function open() {
  const departure = createDeparture(systemClock(), pause);
  const server = Fastify({
    forceCloseConnections: 'idle',
    serverFactory: handler =>
      createServer((request, response) => {
        departure.meet(response);
        handler(request, response);
      }),
  });
  server.get('/', async () => 'well');
  await server.listen({ port: 0, host: '127.0.0.1' });
  const { port } = server.server.address() as AddressInfo;
  return { departure, server, port };
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

async function ask(socket: Socket): Promise<string> {
  socket.write('GET / HTTP/1.1\r\nhost: here\r\n\r\n');
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk.toString();
}

test('who asks on an open connection while the server ends is answered, and told that the connection ends', async () => {
  const { departure, server, port } = await open();
  const socket = await connected(port);
  assert.doesNotMatch(await ask(socket), /connection: close/i);
  const closing = departure.close(server);
  await pause(40);
  const last = await ask(socket);
  assert.match(last, /^HTTP\/1.1 200 /);
  assert.match(last, /connection: close/i);
  await closing;
});

test('nobody new is let in, and who only stays connected is hung up on', async () => {
  const { departure, server, port } = await open();
  const idle = await connected(port);
  await ask(idle);
  const gone = once(idle, 'close');
  const closing = departure.close(server);
  await assert.rejects(connected(port), { code: 'ECONNREFUSED' });
  await gone;
  await closing;
});
