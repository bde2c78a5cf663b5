/** What a command says itself about its person: recorded first, or in a dry run only imagined. */
import { alone } from '#db/db.ts';
import type { Instant } from '#lib/clock.ts';
import { fold, isVerifiedClaim } from '../consents/consent.ts';
import { recordConsent } from '../consents/service.ts';
import { ensureContacts, identityCountry, identityOf, keyOf } from '../contacts/contact.ts';
import type { Core } from '../context.ts';
import type { Facts } from '../policy/decision.ts';
import { DEFAULT_CHANNEL, type SendCommand } from './command.ts';

/** What the command says of a person who is not known yet, and the opt-in of a dry run, which is recorded nowhere. */
export function withWords(facts: Facts, command: SendCommand, now: Instant): Facts {
  const { zone, country } = facts.person;
  const person = {
    ...facts.person,
    zone: zone ?? command.person?.zone,
    country: country ?? identityCountry(command.to) ?? undefined,
  };
  return withDryOptIn({ ...facts, person }, command, now);
}

/** A dry run records nothing, so the opt-in that would come first is only imagined: folded as the ledger would. */
function withDryOptIn(facts: Facts, command: SendCommand, now: Instant): Facts {
  if (!command.dryRun || !command.optIn) return facts;
  const { source, text, purposes } = command.optIn;
  const entry = {
    action: 'grant',
    saidBy: 'business',
    at: now,
    source,
    verified: isVerifiedClaim(source, text),
  } as const;
  const consent = { ...facts.consent };
  // Without the words that it was folded from, the standing of today stands for the words: a stop outranks the claim.
  for (const purpose of purposes) {
    const {
      stoppedAt = null,
      platformStoppedAt = null,
      pausedAt = null,
      verified = false,
    } = facts.consent[purpose] ?? {};
    if (stoppedAt !== null) continue;
    const granted = { ...fold(undefined, entry), platformStoppedAt, pausedAt };
    consent[purpose] = { ...granted, verified: granted.verified || verified };
  }
  return { ...facts, consent };
}

export async function recordOptIns(
  core: Core,
  tenant: string,
  commands: readonly SendCommand[],
  now: Instant,
): Promise<void> {
  const granted = commands.filter(command => command.optIn && !command.dryRun);
  if (granted.length === 0) return;
  const contacts = await ensureContacts(
    core,
    alone(core.db, tenant),
    tenant,
    granted.map(command => ({ identity: identityOf(command.to), ...command.person })),
    now,
  );
  // Each in a transaction of its own, and first: what a person agreed to stands whether or not this message is sent,
  // and the end of the ledger is not locked for as long as a whole batch takes.
  for (const command of granted) {
    const { source, text, purposes, actor } = command.optIn!;
    const contactId = contacts.get(keyOf(identityOf(command.to)))!;
    await core.db.tx(tenant, tx =>
      recordConsent(core, tx, tenant, {
        contactId,
        action: 'grant',
        purposes,
        channels: [DEFAULT_CHANNEL],
        saidBy: 'business',
        actor,
        source,
        text,
        at: now,
        evidence: { origin: command.origin },
      }),
    );
  }
}
