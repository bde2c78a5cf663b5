/** The platform's own doings: templates, numbers, accounts, the clock, faults. */
import type { ControlOutcome, ProviderEmulator, TemplateChange } from '#core/emulation.ts';
import { readFaults } from '../faults.ts';
import { parseDuration, toIso } from '../platform-clock.ts';
import type { World } from '../world.ts';
import {
  type Control,
  type ControlAnswer,
  type ControlCall,
  conclude,
  done,
  invalid,
  readString,
  refuse,
} from './control.ts';

/** beyond this, dates no longer have four-digit years */
const LATEST_MS = Date.UTC(9999, 0);

export const listTemplates: Control = ({ world }) =>
  done({ data: world.parts.flatMap(part => part.listTemplates?.(world) ?? []) });

export const setReview: Control = ({ world, body }) => {
  const mode = readString(body['review']);
  const delayMs = body['delay_ms'];
  if (mode === undefined) return invalid('review', 'automatic, manual or reject');
  if (delayMs !== undefined && !(typeof delayMs === 'number' && delayMs >= 0)) {
    return invalid('delay_ms', 'a number of milliseconds');
  }
  // From now on: what waits for its review already is judged as it was planned.
  // every platform at once: whoever asks means the templates and not one vendor
  const outcomes = world.parts.flatMap(part => part.setReviewMode?.(world, mode, delayMs) ?? []);
  const refused = outcomes.find(outcome => 'refused' in outcome);
  return conclude(
    world,
    refused ?? outcomes[0] ?? { refused: 'not_found', message: 'No platform here has templates.' },
  );
};

export const changeTemplate: Control = ({ world, params, body }) => {
  const name = params['name'] ?? '';
  const change = readTemplateChange(params['change'] ?? '', body);
  if (!change) return refuse(404, 'not_found', 'A template has a review, a category, a quality and components.');
  const language = readString(body['language']);
  const answer = firstOutcome(world, `a template named ${name}`, part =>
    part.changeTemplate?.(world, name, language, change),
  );
  world.changes.tell('template');
  return answer;
};

/** Only read here. Whether the words are ones of the platform is for the part to say. */
function readTemplateChange(kind: string, body: Record<string, unknown>): TemplateChange | undefined {
  if (kind === 'review') {
    return {
      kind,
      status: upper(body['status']),
      reason: body['reason'] === undefined ? undefined : upper(body['reason']),
    };
  }
  if (kind === 'category') return { kind, category: upper(body['category']), impending: body['impending'] === true };
  if (kind === 'quality') return { kind, quality: upper(body['quality']) };
  if (kind === 'components') {
    return {
      kind,
      body: readString(body['body']),
      header: readString(body['header']),
      footer: readString(body['footer']),
    };
  }
  return undefined;
}

/** However it was typed: the platform's words are capitals. */
function upper(value: unknown): string {
  return readString(value)?.toUpperCase() ?? '';
}

/** Without tokens and secrets: whoever may open the page need not be whoever configured the numbers. */
export const listNumbers: Control = ({ world }) =>
  done({
    data: world.accounts.map(account => ({
      id: account.phoneNumberId,
      provider: account.provider,
      account: account.businessAccountId,
      phone: account.displayPhoneNumber,
      name: account.verifiedName ?? null,
      ...world.part(account.provider)?.describeNumber?.(world, account),
    })),
  });

export const changeNumber: Control = ({ world, params, body }) => {
  const id = params['id'] ?? '';
  return firstOutcome(world, `a number ${id}`, part => part.changeNumber?.(world, id, body));
};

/** Anything that the platform tells an account; a part may know none of it. */
export const tellAccount: Control = ({ world, body }) =>
  firstOutcome(world, 'an account', part => part.accountEvent?.(world, body));

/** the first part that knows the thing; a refusal other than "not mine" counts as knowing */
function firstOutcome(
  world: World,
  what: string,
  ask: (part: ProviderEmulator) => ControlOutcome | undefined,
): ControlAnswer {
  let unknown: ControlOutcome = { refused: 'not_found', message: `No platform here has ${what}.` };
  for (const part of world.parts) {
    const outcome = ask(part);
    if (!outcome) continue;
    if (!('refused' in outcome) || outcome.refused !== 'not_found') return conclude(world, outcome);
    unknown = outcome;
  }
  return conclude(world, unknown);
}

export const showFaults: Control = ({ world }) => done(world.faults.show());

export const setFaults: Control = ({ world, body }) => {
  const read = readFaults(body);
  if ('problems' in read) {
    return refuse(422, 'invalid', 'These faults cannot be had like this.', read.problems);
  }
  // All of them are replaced: what is not named is off.
  world.faults.set(read.settings);
  world.changes.tell('faults');
  return done(world.faults.show());
};

/** A well-behaved platform again. What is hanging already is not freed by it. */
export const clearFaults: Control = ({ world }) => {
  world.faults.set({});
  world.changes.tell('faults');
  return done({});
};

export const showClock: Control = ({ world }) => done(clockNow(world));

export const turnClock: Control = ({ context, world, body }) => {
  const offsetMs = readClock(world, body);
  if (typeof offsetMs !== 'number') return offsetMs;
  world.setClockOffset(offsetMs);
  // The service turns its own by as much, and keeps it in its database.
  context.onClock?.(offsetMs);
  return done(clockNow(world));
};

/** Answers an offset or a refusal. Exactly one way to say it: of two, nobody could tell which was meant. */
function readClock(world: World, body: ControlCall['body']): number | ControlAnswer {
  const { advance, now, real } = body;
  if ([advance, now, real].filter(value => value !== undefined).length !== 1) {
    return invalid('advance', 'give exactly one of advance ("P3D"), now (an instant) and real (true)');
  }
  if (real !== undefined) return real === true ? 0 : invalid('real', 'true');
  // An instant becomes an offset: the clock goes on from there, it does not stand still.
  if (now !== undefined) {
    const instantMs = typeof now === 'string' ? Date.parse(now) : Number.NaN;
    if (Number.isNaN(instantMs)) return invalid('now', 'an instant such as 2026-12-24T10:00:00+02:00');
    return Math.round(world.clock.offsetFor(instantMs));
  }
  const durationMs = typeof advance === 'string' ? parseDuration(advance) : undefined;
  if (durationMs === undefined) return invalid('advance', 'an ISO 8601 duration such as P3D, PT1H or -PT30M');
  if (world.now() + durationMs > LATEST_MS) return invalid('advance', 'too far away');
  return world.clock.offsetMs + durationMs;
}

function clockNow(world: World): Record<string, unknown> {
  return { now: toIso(world.now()), offset_ms: world.clock.offsetMs };
}
