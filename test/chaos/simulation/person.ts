/** The person of a life: their words, folded by the real fold, and what the rules may know of them at each moment. */
import { type ConsentEntry, fold, type Standing } from '../../../src/core/consents/consent.ts';
import { type Purpose, rulesOf } from '../../../src/core/messages/purposes.ts';
import type { Facts, Intent } from '../../../src/core/policy/decision.ts';
import { policySettings } from '../../../src/core/tenants/settings.ts';
import { DAY_MS } from '../../../src/lib/clock.ts';

export interface Person {
  says(action: ConsentEntry['action'], saidBy: ConsentEntry['saidBy'], at: number, about?: 'marketing'): void;
  /** Anything that they write opens the window. */
  writes(at: number): void;
  heldUntil: number | undefined;
  facts(): Facts;
  /** By a count of our own, apart from the fold: the latest STOP that was applied is not lifted. */
  stopped(): boolean;
  silentSinceStop(): boolean;
  stoppedInApp(): boolean;
}

const SETTINGS = policySettings({}, 'UTC');

/** What the person's business uses to write to them; it changes with what the provider says. */
export interface Means {
  senderActive: boolean;
  templates: Map<Purpose, 'approved' | 'paused' | 'disabled'>;
}

export function openPerson(means: Means): Person {
  const consent: Record<'marketing' | 'transactional', Standing | undefined> = {
    marketing: undefined,
    transactional: undefined,
  };
  const last = { stop: -1, start: -1, inbound: -1, appStop: -1, appStart: -1 };
  const person: Person = {
    heldUntil: undefined,
    says: (action, saidBy, at, about) => {
      const entry = { action, saidBy, at, source: saidBy === 'business' ? 'checkout' : 'whatsapp', verified: true };
      const purposes = about ? [about] : (['marketing', 'transactional'] as const);
      for (const purpose of purposes) consent[purpose] = fold(consent[purpose], entry);
      if (saidBy === 'person' && action === 'withdraw') last.stop = Math.max(last.stop, at);
      if (saidBy === 'person' && action === 'restore') last.start = Math.max(last.start, at);
      if (action === 'stop') last.appStop = Math.max(last.appStop, at);
      if (action === 'resume') last.appStart = Math.max(last.appStart, at);
    },
    writes: at => {
      last.inbound = Math.max(last.inbound, at);
    },
    facts: () => ({
      person: {
        zone: 'UTC',
        country: 'RO',
        erased: false,
        suppressedAt: undefined,
        marketingHeldUntil: person.heldUntil,
      },
      consent,
      window: last.inbound < 0 ? undefined : { expiresAt: last.inbound + DAY_MS, lastInboundAt: last.inbound },
      sender: { id: 'sender', provider: 'fake', status: means.senderActive ? 'active' : 'disabled' },
      recent: [],
      settings: SETTINGS,
    }),
    stopped: () => last.stop >= 0 && last.stop >= last.start,
    silentSinceStop: () => last.inbound <= last.stop,
    stoppedInApp: () => last.appStop >= 0 && last.appStop >= last.appStart,
  };
  return person;
}

export function intentOf(purpose: Purpose, means: Means, dueAt: number, expiresAt: number): Intent {
  const { needs, category } = rulesOf(purpose);
  const template = {
    id: purpose,
    name: purpose,
    language: 'en',
    purpose,
    status: means.templates.get(purpose) ?? 'approved',
    meta_category: category,
  };
  const content: Intent['content'] =
    needs === 'window' ? { kind: 'text' } : { kind: 'template', asked: purpose, template, missing: [] };
  return { purpose, channel: 'whatsapp', content, dueAt, expiresAt, confirmsOptOut: false };
}
