/** What of a stored message goes to the adapter, and the one-time code that is filled in on the way. */
import { MASK } from '../otp/otp.ts';
import type { Decision } from '../policy/decision.ts';
import type { WireContent } from '../provider.ts';
import type { StoredContent } from './command.ts';

export const codeOf = (content: StoredContent): string | undefined =>
  content.kind === 'template' ? content.code : undefined;

/** Entered already, replaced by a newer one, or past its end: nobody has a use for it. */
export const isOver = (content: StoredContent, codes: ReadonlyMap<string, string>): boolean => {
  const code = codeOf(content);
  return code !== undefined && !codes.has(code);
};

export const codeIsOver = (decision: Decision): Decision => {
  const detail = 'the code was entered, replaced, or is over';
  const line = { rule: 'code', verdict: 'refuse', detail, change: 'ask for a new code' } as const;
  return { ...decision, outcome: 'refuse', reason: 'expired', trace: [...decision.trace, line] };
};

/** Without the rendered text, which is for people to read: the provider fills its own copy of the template. */
export function wireContent(content: StoredContent, codes: ReadonlyMap<string, string>): WireContent {
  if (content.kind === 'erased') throw new Error('the gate let through what has no words');
  if (content.kind === 'text') return content;
  const { rendered: _shown, code, ...wire } = content;
  if (code === undefined) return wire;
  // The only place where a code stands in clear: between the gate and the wire.
  const fill = <V extends { value?: string }>(one: V): V =>
    one.value === MASK ? { ...one, value: codes.get(code)! } : one;
  return { ...wire, body: wire.body.map(fill), ...(wire.buttons ? { buttons: wire.buttons.map(fill) } : {}) };
}
