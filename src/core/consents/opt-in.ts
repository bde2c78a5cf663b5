/** An opt-in that comes along with something else: an order, a sale. The same words wherever a vertical takes them. */
import type { Tx } from '#db/db.ts';
import { OneOf, type Static, Strict, Text, Type } from '#lib/schema.ts';
import type { Core } from '../context.ts';
import type { SendCommand } from '../messages/command.ts';
import { CONSENT_PURPOSES } from './consent.ts';
import { recordConsent } from './service.ts';

export const OptInBody = Strict({
  source: Text(100),
  text: Type.Optional(Text(4_000)),
  purposes: Type.Optional(Type.Array(OneOf(CONSENT_PURPOSES), { minItems: 1, maxItems: 2, uniqueItems: true })),
});
export type OptInBody = Static<typeof OptInBody>;

export type SaidOptIn = NonNullable<SendCommand['optIn']>;

export const optInOf = (body: OptInBody, actor: string): SaidOptIn => ({
  source: body.source,
  actor,
  text: body.text,
  // Agreeing with an order is agreeing to hear of it. Advertising has to be named.
  purposes: body.purposes ?? ['transactional'],
});

/** For verticals that store what it came with: recorded in the same transaction, so once. */
export async function recordOptIn(
  core: Pick<Core, 'clock' | 'keys'>,
  tx: Tx,
  tenant: string,
  said: SaidOptIn & { contactId: string; origin: string },
): Promise<void> {
  const { origin, ...word } = said;
  await recordConsent(core, tx, tenant, {
    ...word,
    action: 'grant',
    channels: ['whatsapp'],
    saidBy: 'business',
    at: core.clock.now(),
    evidence: { origin },
  });
}
