import { alone } from '#db/db.ts';
import { iso, parseInstant } from '#lib/clock.ts';
import { invalidField } from '#lib/fault.ts';
import { publicId } from '#lib/id.ts';
import { InstantText, LocaleText, OneOf, PhoneText, Strict, Text, Type } from '#lib/schema.ts';
import { ensureContacts } from '../contacts/contact.ts';
import { answerWith } from '../idempotency.ts';
import { requirePhone } from '../people.ts';
import { route } from '../route.ts';
import { CHANNELS, CONSENT_PURPOSES, type Standing } from './consent.ts';
import { recordConsent } from './service.ts';

const Consent = Type.Object({
  status: OneOf(['opted_in', 'opted_out', 'none']),
  since: Type.Union([Type.String(), Type.Null()]),
  source: Type.Union([Type.String(), Type.Null()]),
  verified: Type.Boolean(),
});

const WORDS = { granted: 'opted_in', withdrawn: 'opted_out', none: 'none' } as const;

const viewStanding = (standing: Standing | undefined) =>
  standing
    ? {
        status: WORDS[standing.status],
        since: iso(standing.since),
        source: standing.source,
        verified: standing.verified,
      }
    : { status: 'none', since: null, source: null, verified: false };

export const consentRoutes = [
  route({
    method: 'POST',
    path: '/api/wa/optin',
    scope: 'consents:write',
    tag: 'Consent',
    summary: 'Record an opt-in or an opt-out',
    description:
      'Appends to the tenant’s consent ledger and answers the standing that follows. Without `purposes` an opt-in means transactional and an opt-out means all. A person’s own STOP outranks any opt-in that is claimed here: it is recorded, and the answer stays `opted_out`.',
    body: Strict({
      phone: PhoneText,
      status: OneOf(['opt_in', 'opt_out']),
      purposes: Type.Optional(Type.Array(OneOf(CONSENT_PURPOSES), { minItems: 1, maxItems: 2, uniqueItems: true })),
      channels: Type.Optional(
        Type.Array(OneOf(CHANNELS), {
          minItems: 1,
          maxItems: 3,
          uniqueItems: true,
          description: 'whatsapp when absent; an opt-out without them means all',
        }),
      ),
      source: Text(100, 'Where it was said: checkout, settings_page, qr, pos, support…'),
      text: Type.Optional(Text(4_000, 'The text that the person was shown')),
      text_version: Type.Optional(Text(100)),
      locale: Type.Optional(LocaleText),
      occurred_at: Type.Optional(InstantText),
      ip: Type.Optional(Text(64)),
      user_agent: Type.Optional(Text(512)),
    }),
    example: { phone: '+40712345678', status: 'opt_in', source: 'checkout', text: 'Send me my tickets on WhatsApp' },
    answers: {
      200: {
        description: 'Recorded',
        schema: Type.Object({
          contact_id: Type.String(),
          phone: Type.String(),
          consents: Type.Object({ marketing: Consent, transactional: Consent }),
          ledger_seq: Type.Integer(),
          ledger_hash: Type.String(),
        }),
        example: {
          contact_id: 'ctc_019ab3f05c1e7d0f8a2b4c6d8e0f1a2b',
          phone: '+40712345678',
          consents: {
            marketing: { status: 'none', since: null, source: null, verified: false },
            transactional: {
              status: 'opted_in',
              since: '2026-11-21T08:00:00.000Z',
              source: 'checkout',
              verified: true,
            },
          },
          ledger_seq: 1,
          ledger_hash: '9f2c0f7d3e5a1b4c8d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4',
        },
      },
    },
    handle: async (core, { tenant, body, claim }) => {
      const now = core.clock.now();
      const phone = await requirePhone(core, tenant, body.phone, 'phone');
      const at = body.occurred_at === undefined ? now : parseInstant(body.occurred_at)!;
      // A few minutes of a wrong clock are forgiven; a grant from the future would outrank every later word.
      if (at > now + 300_000) throw invalidField('occurred_at', 'this is in the future');
      const optIn = body.status === 'opt_in';
      const people = await ensureContacts(alone(core.db, tenant), [{ phone, locale: body.locale }], now);
      const contactId = people.get(phone)!;
      return core.db.tx(tenant, async tx => {
        const recorded = await recordConsent(core, tx, tenant, {
          contactId,
          action: optIn ? 'grant' : 'withdraw',
          purposes: body.purposes ?? (optIn ? ['transactional'] : CONSENT_PURPOSES),
          channels: body.channels ?? (optIn ? ['whatsapp'] : CHANNELS),
          saidBy: 'business',
          source: body.source,
          text: body.text,
          textVersion: body.text_version,
          locale: body.locale,
          at: Math.min(at, now),
          evidence: { phone, ip: body.ip, user_agent: body.user_agent, text: body.text },
        });
        const consent = (purpose: string) => viewStanding(recorded.standing.get(`${purpose}/whatsapp`));
        const made = {
          contact_id: publicId('contact', contactId),
          phone,
          consents: { marketing: consent('marketing'), transactional: consent('transactional') },
          ledger_seq: recorded.seq,
          ledger_hash: recorded.hash.toString('hex'),
        };
        return answerWith(tx, claim, { status: 200, body: made });
      });
    },
  }),
];
