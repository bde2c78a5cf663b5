/** A way to a server that can be cut, or die silently: bytes go in, nothing comes out, and nobody hangs up. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net';

export interface Detour {
  port: number;
  /** Half-open from now on: what is connected stays so and hears nothing; new connections are taken and hear nothing. */
  silence(): void;
  /** Heals: what was silent is hung up, new connections work. */
  heal(): void;
  /** Hangs up whoever is connected. */
  cut(): void;
  close(): Promise<void>;
}

export async function openProxy(target: () => NetConnectOpts | undefined): Promise<Detour> {
  const pairs = new Set<[Socket, Socket]>();
  let silent = false;
  const hangUp = () => {
    for (const [near, far] of pairs) {
      near.destroy();
      far.destroy();
    }
    pairs.clear();
  };
  const server = createServer(near => {
    const options = target();
    near.on('error', () => near.destroy());
    if (!options) {
      near.destroy();
      return;
    }
    const far = connect(options);
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.setNoDelay?.(true);
      from.on('data', bytes => {
        if (!silent) to.write(bytes);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        // Silent as the rest: the other side must not learn that this one has gone.
        if (!silent) to.destroy();
        pairs.delete(pair);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    silence: () => {
      silent = true;
    },
    heal: () => {
      silent = false;
      hangUp();
    },
    cut: hangUp,
    close: async () => {
      hangUp();
      server.close();
      await once(server, 'close');
    },
  };
}
