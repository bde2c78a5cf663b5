/**
 * The platform's error codes and what each means, as documented in 2026. An unknown code with a 4xx is final; with a
 * 5xx, or marked transient, nobody knows what happened.
 */
import type { ErrorClass } from '#core/provider.ts';

// biome-ignore format: a table, grouped by what follows
const CLASSES: Record<string, ErrorClass> = {
  0: 'sender-blocked', 3: 'sender-blocked', 10: 'sender-blocked', 33: 'sender-blocked', 190: 'sender-blocked', 368: 'sender-blocked',
  131005: 'sender-blocked', 131031: 'sender-blocked', 131037: 'sender-blocked', 131042: 'sender-blocked', 131045: 'sender-blocked',
  133010: 'sender-blocked',
  1: 'unclear', 2: 'unclear', 131000: 'unclear', 131016: 'unclear',
  4: 'busy', 80007: 'busy', 130429: 'busy', 131048: 'busy', 131057: 'busy', 133004: 'busy',
  131056: 'pair',
  131064: 'later', 132069: 'later', 134101: 'later', 133015: 'later',
  131049: 'held-back', 130472: 'held-back',
  131026: 'undeliverable', 131030: 'undeliverable', 131021: 'undeliverable', 130403: 'undeliverable', 130497: 'undeliverable',
  131050: 'stopped',
  131047: 'window-closed', 131070: 'window-closed',
  132015: 'template-paused',
  132001: 'template-gone', 132007: 'template-gone', 132016: 'template-gone', 132068: 'template-gone',
};

/** Milliseconds that a code's own page asks to wait at least. */
const WAITS: Record<string, number> = { 131048: 3_600_000, 131057: 60_000, 4: 60_000, 80007: 60_000, 134101: 600_000 };

export interface Judgement {
  class: ErrorClass;
  retryAfterMs?: number;
}

export function judge(code: number, status: number, transient: boolean): Judgement {
  const wait = WAITS[code];
  const named = CLASSES[code] ?? (code >= 200 && code <= 299 ? 'sender-blocked' : undefined);
  if (named) return { class: named, ...(wait ? { retryAfterMs: wait } : {}) };
  return { class: transient || status >= 500 ? 'unclear' : 'invalid' };
}
