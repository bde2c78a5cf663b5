/**
 * Named points at which a process kills itself: comes in by `--import` and is in no process that is started otherwise. The
 * points are comments in the source (`// failpoint: after_mark`), which this turns into calls as the files are loaded.
 */

import { subscribe } from 'node:diagnostics_channel';
import { registerHooks } from 'node:module';

const wanted = process.env['CHAOS_FAILPOINT'];
let left = Number(process.env['CHAOS_AFTER'] ?? 1);

function hit(name: string): void {
  if (name !== wanted) return;
  left -= 1;
  // As a power cut would: nothing after this line happens.
  if (left === 0) process.kill(process.pid, 'SIGKILL');
}

const POINT = /^( *)\/\/ failpoint: (\w+)$/gm;
(globalThis as { failpoint?: typeof hit }).failpoint = hit;
registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!/\/src\/.*\.ts$/.test(url) || loaded.source == null) return loaded;
    const source = Buffer.from(loaded.source as Uint8Array).toString('utf8');
    return POINT.test(source) ? { ...loaded, source: source.replace(POINT, "$1globalThis.failpoint('$2');") } : loaded;
  },
});

// The bytes have left and nobody has answered: no line of ours stands there, but the HTTP client tells of it.
subscribe('undici:request:bodySent', message => {
  const { request } = message as { request: { path: string } };
  if (request.path.endsWith('/messages')) hit('after_write');
});
