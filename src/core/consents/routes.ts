/**
 * Consent over HTTP: what a business says that a person agreed to or took back, and the proof of all of it. What people
 * say themselves never comes this way, it comes in with the webhooks; so nothing here can pass for a person's own word.
 */
import { alone } from '#db/db.ts';
import { parseInstant } from '#lib/clock.ts';
import { Fault, invalidField } from '#lib/fault.ts';
import { publicId } from '#lib/id.ts';
import { InstantText, LocaleText, Nullable, OneOf, PhoneText, Strict, Text, Type } from '#lib/schema.ts';
import { ensureContacts, identityOf, keyOf } from '../contacts/contact.ts';
import { answerWith } from '../idempotency.ts';
import { readId } from '../paging.ts';
import { requirePhone } from '../people.ts';
import { REASON_NAMES } from '../policy/decision.ts';
import { route } from '../route.ts';
import { askTwice } from './ask.ts';
import { CHANNELS, CONSENT_PURPOSES } from './consent.ts';
import { dropQuestions } from './double-opt-in.ts';
import { readProof } from './proof.ts';
import { PROOF_LANGUAGES, proofPage } from './proof-page.ts';
import { recordConsent } from './service.ts';
import { ConsentAnswer, viewBoth, viewStanding } from './view.ts';

const NOTHING = viewStanding(undefined);

const PROOF_EXAMPLE = {
  business: 'Tickets & Co',
  contact_id: 'ctc_019ab3f05c1e7d0f8a2b4c6d8e0f1a2b',
  also_known_as: [],
  identities: [{ kind: 'phone', value: '+40712345678' }],
  consents: [{ purpose: 'marketing', channel: 'whatsapp', ...NOTHING }],
  entries: [],
  ledger: { entries: 1, head: '9f2c0f7d3e5a1b4c8d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4' },
  issued_at: '2026-11-21T08:00:00.000Z',
};

export const consentRoutes = [
  route({
    method: 'POST',
    path: '/api/wa/optin',
    scope: 'consents:write',
    tag: 'Consent',
    summary: 'Record an opt-in or an opt-out',
    description:
      'Appends to the tenant’s consent ledger and answers the standing that follows. Without `purposes` an opt-in means transactional and an opt-out means all. With `double_opt_in` nothing is granted yet: the person is asked on WhatsApp, and only their own YES within seven days grants it. A person’s own STOP outranks any opt-in that is claimed here: it is recorded, and the answer stays `opted_out`.',
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
      double_opt_in: Type.Optional(
        Strict({
          template: Type.Optional(Text(512, 'Absent: the approved one of the purpose `opt_in_request`')),
          variables: Type.Optional(
            Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$' }), Type.String({ maxLength: 200 }), {
              additionalProperties: false,
              maxProperties: 50,
            }),
          ),
        }),
      ),
    }),
    example: { phone: '+40712345678', status: 'opt_in', source: 'checkout', text: 'Send me my tickets on WhatsApp' },
    answers: {
      200: {
        description: 'Recorded',
        schema: Type.Object({
          contact_id: Type.String(),
          phone: Type.String(),
          consents: Type.Object({ marketing: ConsentAnswer, transactional: ConsentAnswer }),
          ledger_seq: Type.Optional(Type.Integer()),
          ledger_hash: Type.Optional(Type.String()),
          double_opt_in: Type.Optional(
            Type.Object({
              status: OneOf(['asked', 'refused'], 'Nothing is granted until the person answers YES'),
              message_id: Type.String(),
              reason: Nullable(OneOf(REASON_NAMES)),
              expires_at: Type.String(),
            }),
          ),
        }),
        example: {
          contact_id: 'ctc_019ab3f05c1e7d0f8a2b4c6d8e0f1a2b',
          phone: '+40712345678',
          consents: {
            marketing: NOTHING,
            transactional: {
              status: 'opted_in',
              since: '2026-11-21T08:00:00.000Z',
              source: 'checkout',
              verified: true,
              stopped_in_whatsapp_at: null,
              paused_at: null,
            },
          },
          ledger_seq: 1,
          ledger_hash: '9f2c0f7d3e5a1b4c8d6e7f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4',
        },
      },
    },
    handle: async (core, { tenant, body, claim, actor }) => {
      const now = core.clock.now();
      const phone = await requirePhone(core, tenant, body.phone, 'phone');
      const at = body.occurred_at === undefined ? now : parseInstant(body.occurred_at)!;
      // A few minutes of a wrong clock are forgiven; a grant from the future would outrank every later word.
      if (at > now + 300_000) throw invalidField('occurred_at', 'this is in the future');
      const optIn = body.status === 'opt_in';
      const identity = identityOf(phone);
      // Before the transaction and by itself: a contact without any word is harmless, and what follows only locks it.
      const people = await ensureContacts(
        core,
        alone(core.db, tenant),
        tenant,
        [{ identity, locale: body.locale }],
        now,
      );
      const contactId = people.get(keyOf(identity))!;
      const purposes = body.purposes ?? (optIn ? ['transactional' as const] : CONSENT_PURPOSES);
      const channels = body.channels ?? (optIn ? ['whatsapp' as const] : CHANNELS);
      const word = { contactId, purposes, channels, actor, source: body.source, locale: body.locale };
      const evidence = { phone, ip: body.ip, user_agent: body.user_agent };
      if (body.double_opt_in) {
        const { template, variables = {} } = body.double_opt_in;
        const shown = { status: body.status, text: body.text, textVersion: body.text_version };
        return askTwice(core, tenant, { ...word, ...shown, phone, evidence, template, variables });
      }
      return core.db.tx(tenant, async tx => {
        const recorded = await recordConsent(core, tx, tenant, {
          ...word,
          action: optIn ? 'grant' : 'withdraw',
          saidBy: 'business',
          text: body.text,
          textVersion: body.text_version,
          // What was forgiven is told as now.
          at: Math.min(at, now),
          evidence,
        });
        if (!optIn)
          await dropQuestions(core, tx, tenant, {
            contactId,
            at: Math.min(at, now),
            key: `seq ${recorded.seq}`,
            saidBy: 'business',
            actor,
          });
        const made = {
          contact_id: publicId('contact', contactId),
          phone,
          consents: viewBoth(recorded.standing),
          ledger_seq: recorded.seq,
          ledger_hash: recorded.hash.toString('hex'),
        };
        return answerWith(tx, claim, { status: 200, body: made });
      });
    },
  }),
  route({
    method: 'GET',
    path: '/api/v1/consents/{contact}/proof',
    scope: 'consents:read',
    tag: 'Consent',
    summary: 'The proof of a person’s consent',
    description:
      'Everything that the ledger holds of the person: what was agreed or withdrawn, when, where, which text was shown, and the chain of hashes. With `format=html` a page to print, in English or Romanian.',
    params: Strict({ contact: Type.String() }),
    query: Strict({ format: Type.Optional(OneOf(['json', 'html'])), language: Type.Optional(OneOf(PROOF_LANGUAGES)) }),
    answers: { 200: { description: 'The proof', schema: Type.Unknown(), example: PROOF_EXAMPLE } },
    handle: async (core, { tenant, params, query }) => {
      const id = readId('contact', params.contact);
      if (id === undefined) throw new Fault('not_found', 'there is no such contact');
      const proof = await readProof(core, tenant, id);
      if (query.format !== 'html') return { status: 200, body: proof };
      return { status: 200, body: proofPage(proof, query.language ?? 'en'), html: true };
    },
  }),
];
