/** The switch inside WhatsApp: the person stopped this business's marketing there, resumed it, or signed up for it. */
import type { Tx } from '#db/db.ts';
import { sha256 } from '#lib/hmac.ts';
import { recordConsent } from '../consents/service.ts';
import type { Core } from '../context.ts';
import type { Preference } from '../provider.ts';
import { recognise } from './recognise.ts';

/** A resume lifts the platform's block and nothing else: what the person withdrew from us by a word stays withdrawn. */
const ACTIONS = { stop: 'stop', resume: 'resume', signup: 'grant' } as const;

export async function applyPreferences(
  core: Core,
  tx: Tx,
  tenant: string,
  provider: string,
  events: readonly Preference[],
): Promise<void> {
  if (events.length === 0) return;
  const people = await recognise(core, tx, tenant, events, core.clock.now());
  for (const event of [...events].sort((a, b) => a.at - b.at)) {
    const person = people.get(event);
    if (!person) continue;
    // A stop is also that of the contacts which the same event named and which could not be made one with this one.
    for (const [index, contactId] of [person.contactId, ...(event.value === 'stop' ? person.others : [])].entries())
      await recordConsent(core, tx, tenant, {
        contactId,
        action: ACTIONS[event.value],
        purposes: ['marketing'],
        channels: ['whatsapp'],
        saidBy: event.value === 'signup' ? 'person' : 'platform',
        actor: 'webhook',
        source: event.value === 'signup' ? 'sign-up inside WhatsApp' : `preference ${event.value}`,
        at: event.at,
        // The event has no id of its own: what it says is its name, so that its repetition finds its entry.
        evidence: {
          inbound: `preference ${digest(provider, event)}${index === 0 ? '' : ` ${index + 1}`}`,
          payload: event.payload,
        },
      });
  }
}

const digest = (provider: string, { from, person, value, at }: Preference): string =>
  sha256(`${provider} ${person.scoped ?? from ?? ''} ${value} ${at}`)
    .toString('hex')
    .slice(0, 32);
