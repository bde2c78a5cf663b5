/** What the policy knows: purposes with what they need, and the reasons for a no. */
import { PURPOSE_NAMES, type Purpose, type PurposeRules, rulesOf } from '../../core/messages/purposes.ts';
import { REASON_NAMES, REASONS, type Reason } from '../../core/policy/decision.ts';
import { code, duration, type Page, page, REFERENCE, table } from './page.ts';

/** What the code's table can't say of itself: when a caller should choose which. */
export const PURPOSE_SENTENCES: Readonly<Record<Purpose, string>> = {
  otp: 'A one-time code that the person has just asked for.',
  opt_in_request: 'The question of a double opt-in, which the person answers with YES.',
  emergency: 'A notice that holders of a ticket need at once: cancelled, moved, evacuated.',
  queue_notice: 'The turn of somebody who stands in a queue.',
  reply: 'An answer to somebody who wrote; also the confirmation of a STOP.',
  order_confirm: 'An order is confirmed.',
  receipt: 'A purchase at the till, with its receipt.',
  invoice: 'An invoice.',
  loyalty: 'A change of loyalty points.',
  reminder: 'An event is near.',
  announcement: 'A notice to all holders that is no emergency.',
  promo: 'Advertising, of any kind.',
};

/** The rule's words as people say them. */
const NEEDS: Readonly<Record<PurposeRules['needs'], string>> = {
  transactional: 'transactional consent',
  marketing: 'verified marketing consent',
  request: 'the person’s own asking',
  window: 'an open window',
  'no-stop': 'that the person never said no',
};

const whenUnknown = ({ unknown: { resends, afterMs } }: PurposeRules): string =>
  resends === 0 ? 'never sent again' : `sent once more after ${duration(afterMs)} of silence`;

export const purposesPage = (): Page =>
  page(
    `${REFERENCE}/purposes.md`,
    'the table in src/core/messages/purposes.ts',
    '# Purposes',
    'The purpose of a message decides what it needs, how long it is of use, who goes first and what happens when nobody can say whether it was sent. It is `type` and `purpose` in the API, and `category` of a template.',
    table(
      ['purpose', 'what it is', 'needs', 'category', 'of use for', 'when unknown', 'priority'],
      PURPOSE_NAMES.map(name => {
        // Read where the service reads it: this page can't promise another priority or life than messages have.
        const rules = rulesOf(name);
        return [
          code(name),
          PURPOSE_SENTENCES[name],
          NEEDS[rules.needs],
          rules.category,
          rules.expiresAtMostMs > rules.expiresAfterMs
            ? `${duration(rules.expiresAfterMs)}, or up to ${duration(rules.expiresAtMostMs)}`
            : duration(rules.expiresAfterMs),
          whenUnknown(rules),
          String(rules.priority),
        ];
      }),
    ),
    [
      '- **Transactional consent** is what an opt-in without `purposes` gives. **Marketing consent** has to be named, and is verified when we saw the person’s own act or the opt-in carries the text that was shown and a source other than an import.',
      '- **A window** is open for 24 hours after the person last wrote to the number. It is a permission to reply and never a consent.',
      '- **Of use for** is counted from the moment the message is due; a caller may name its own end (`expires_at`), as late as it says. What could not be sent by then becomes `expired`.',
      '- **Silence** means something only while webhooks are being taken and applied, and while the sender’s other receipts arrive. Until then an unknown message waits.',
      '- **Priority** 0 leaves first. A quarter of the places on the wire is kept for priorities 0 and 1.',
    ].join('\n'),
    'A purpose of the table can be used for templates today. `order_confirm` has a route of its own, `POST /api/v1/messages` takes all but codes; `reply` is also used by the service itself to confirm a STOP.',
  );

/** Which rule says it, and what mends it. Without a rule the word is reserved: callers may branch on it already. */
export const REASON_ADVICE: Readonly<Record<Reason, { rule: string | null; mend: string }>> = {
  no_consent: {
    rule: 'consent',
    mend: 'Record an opt-in with `POST /api/wa/optin`, or send `customer.opt_in` with the order. For promos the opt-in needs the `text` that was shown.',
  },
  opted_out: {
    rule: 'consent',
    mend: 'After the person’s own STOP only their own START helps. After an opt-out that the business recorded, a newer opt-in does.',
  },
  stopped_in_whatsapp: { rule: 'platform_stop', mend: 'Only the person can resume it, inside WhatsApp.' },
  suppressed: {
    rule: 'suppression',
    mend: 'Marketing: read what they wrote (`GET /api/v1/consents/possible-opt-outs`) and say what it was. Everything: they were erased, and only their own START or grant helps.',
  },
  no_active_session: { rule: 'window', mend: 'Send an approved template, or wait until the person writes.' },
  template_missing: {
    rule: 'template',
    mend: 'Create it with `POST /api/wa/templates` and `submit: true`, or name one that exists.',
  },
  template_not_approved: { rule: 'template', mend: 'Wait for the provider’s approval, or correct what it rejected.' },
  variables_missing: {
    rule: 'variables',
    mend: 'Give the named ones in `variables`, or take them out of the template.',
  },
  country_blocked: {
    rule: 'country',
    mend: 'Allow the country with `PATCH /api/v1/settings`; where the platform delivers nothing, take another channel.',
  },
  quiet_hours_exceed_expiry: { rule: 'quiet_hours', mend: 'Send earlier, or let the message live longer.' },
  frequency_cap: { rule: 'caps', mend: 'Wait, or raise the cap.' },
  budget_exhausted: { rule: 'budget', mend: 'Raise the budget in the settings, or make it a soft one.' },
  balance_exhausted: { rule: 'balance', mend: 'Credit the balance; where the price is unknown, import the rate card.' },
  sender_unavailable: { rule: 'sender', mend: 'Configure a provider, or start with the sandbox.' },
  phone_invalid: { rule: null, mend: 'Give the number as E.164, such as `+40712345678`.' },
  expired: { rule: 'expiry', mend: 'Send it earlier. The same call decides anew.' },
  channel_disabled: { rule: 'channel', mend: 'Switch it on with `PATCH /api/v1/settings`.' },
};

export function reasonsPage(): Page {
  // Words that no rule gives yet stand apart: nobody should look for them in an answer.
  const given = REASON_NAMES.filter(name => REASON_ADVICE[name].rule !== null);
  const reserved = REASON_NAMES.filter(name => REASON_ADVICE[name].rule === null);
  return page(
    `${REFERENCE}/reasons.md`,
    'the list in src/core/policy/decision.ts',
    '# Reasons for a no',
    'A message that the policy refuses is answered with 200, `status: "refused"` and one `reason` of this closed list. It is stored like every other message, so that a list of messages also shows what was not sent. `decision.trace` holds every rule that was asked, with its verdict and a sentence.',
    'The rules are asked twice: when the request comes, and once more in the transaction that lets the message out. A message may therefore be refused after it was queued.',
    table(
      ['reason', 'meaning', 'rule', 'what mends it'],
      given.map(name => [code(name), REASONS[name], code(REASON_ADVICE[name].rule!), REASON_ADVICE[name].mend]),
    ),
    '## Reserved',
    'These words belong to the list, and no rule gives them yet. A program that branches on reasons can know them already.',
    table(
      ['reason', 'meaning', 'what will mend it'],
      reserved.map(name => [code(name), REASONS[name], REASON_ADVICE[name].mend]),
    ),
  );
}
