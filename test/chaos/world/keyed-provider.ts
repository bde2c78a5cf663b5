/**
 * A provider that folds what is sent twice by one key, which none of the real ones does. Comes into a process of chaos by
 * `--import` and takes the place of the real adapter: the same requests, the key in a header, and the capability that
 * tells the core. Its other end is the emulator's process with `keys`.
 */
import { providers } from '../../../src/app.ts';
import { DEFAULT_PROVIDER } from '../../../src/config.ts';
import type { Provider, Wire } from '../../../src/core/provider.ts';

const place = providers.findIndex(provider => provider.id === DEFAULT_PROVIDER);
const real = providers[place]!;
const withKey = (wire: Wire, key: string): Wire => ({
  request: request => wire.request({ ...request, headers: { ...request.headers, 'idempotency-key': key } }),
});
(providers as Provider[])[place] = {
  ...real,
  capabilities: { ...real.capabilities, idempotency: { keySeconds: 86_400 } },
  send: (request, sender, wire) => {
    if (request.key === undefined) throw new Error('the core gave no key to a provider that folds by it');
    return real.send(request, sender, withKey(wire, request.key));
  },
};
