/** The statements that run for every message and webhook, and those that look for work: what they are asked here. */
import { utcDay } from '#lib/clock.ts';
import { newId } from '#lib/id.ts';
import { BATCH, type Busy } from './busy-database.ts';

/** A statement that takes a list and stands in neither table below fails a test: its author says which it is. */
export interface HotStatement {
  arguments(busy: Busy): Record<string, unknown>;
  /** How many rows are asked for, when it is not the batch. */
  batch?: number;
  /** A queue is read in its order and up to a limit: table → index. Everything else goes by a whole key. */
  walks?: Readonly<Record<string, readonly string[]>>;
}

/** The same value for each of a batch. */
const all = <T>(values: readonly string[], value: T): T[] => values.map(() => value);
const fresh = Array.from({ length: BATCH }, newId);

/** Those who look for work ask once for each tenant or lane, and a busy database has two. */
const TENANTS = 2;

const leased = (busy: Busy) => ({ ids: busy.ids('leased'), owner: busy.worker });
const nothing = () => ({});
const delivered = (busy: Busy) => ({
  day: '2026-11-21',
  ids: fresh,
  senders: all(fresh, busy.sender),
  lanes: all(fresh, 'receipts'),
  seqs: fresh,
  ats: all(fresh, busy.now),
  queries: all(fresh, ''),
  offsets: all(fresh, 0),
  lengths: all(fresh, 2),
  bodies: Buffer.from('{}'),
});

/** Before all others: a walk begins here. */
const NO_ID = '00000000-0000-0000-0000-000000000000';

export const HOT: Readonly<Record<string, HotStatement>> = {
  message_admit_facts: {
    arguments: busy => ({ kinds: all(busy.phones, 'phone'), addresses: busy.phones, channel: 'whatsapp' }),
  },
  message_admit: {
    arguments: busy => ({
      ids: fresh,
      contacts: fresh.map((_, at) => busy.contacts[at % busy.contacts.length]),
      purposes: all(fresh, 'order_confirm'),
      channels: all(fresh, 'whatsapp'),
      senders: all(fresh, busy.sender),
      providers: all(fresh, 'meta'),
      templates: all(fresh, null),
      priorities: all(fresh, 1),
      // Refused ones look their key up, queued ones take it.
      states: fresh.map((_, at) => (at % 2 === 0 ? 'queued' : 'refused')),
      reasons: all(fresh, null),
      dues: all(fresh, busy.now),
      expiries: all(fresh, busy.now),
      fixeds: all(fresh, false),
      keys: fresh.map((id, at) => busy.keys[at * 2] ?? id),
      fingerprints: all(fresh, Buffer.alloc(32)),
      recipients: all(fresh, '+40'),
      contents: all(fresh, {}),
      references: all(fresh, null),
      origins: all(fresh, 'api'),
      decisions: all(fresh, {}),
      estimates: all(fresh, 23_900),
      currencies: all(fresh, 'EUR'),
      now: busy.now,
    }),
  },
  business_key_holders: { arguments: busy => ({ keys: busy.keys }) },
  message_lease: {
    arguments: busy => ({
      sender: busy.sender,
      owner: busy.worker,
      now: busy.now,
      limit: BATCH,
      max_priority: 9,
      lookahead_ms: 10_000,
      lease_ms: 30_000,
    }),
    walks: { message: ['message_due'] },
  },
  message_return: { arguments: leased },
  contact_find: { arguments: busy => ({ kinds: all(busy.phones, 'phone'), values: busy.phones }) },
  contact_identity_add: {
    arguments: busy => ({
      contacts: busy.contacts,
      kinds: all(busy.contacts, 'bsuid'),
      values: busy.contacts,
      digests: all(busy.contacts, Buffer.alloc(32)),
      now: busy.now,
    }),
  },
  contact_addresses: {
    arguments: busy => ({ ids: busy.contacts }),
    walks: { contact_identity: ['contact_identity_contact'] },
  },
  contact_learn: {
    arguments: busy => {
      const messages = busy.ids('delivered');
      const digests = all(messages, Buffer.alloc(32));
      return { messages, kinds: all(messages, 'bsuid'), values: messages, digests, now: busy.now };
    },
  },
  contact_lock: { arguments: busy => ({ ids: busy.contacts }) },
  contact_lock_shared: { arguments: busy => ({ ids: busy.contacts }) },
  message_gate_facts: { arguments: leased },
  message_mark_sending: { arguments: busy => ({ ...leased(busy), now: busy.now, deadline_ms: 15_000 }) },
  message_divert: {
    arguments: busy => {
      const ids = busy.ids('leased');
      return {
        ids,
        states: all(ids, 'refused'),
        reasons: all(ids, 'opted_out'),
        dues: all(ids, busy.now),
        decisions: all(ids, {}),
      };
    },
  },
  message_settle: {
    arguments: busy => {
      const ids = busy.ids('sending');
      return {
        ids,
        attempts: all(ids, 1),
        outcomes: all(ids, 'accepted'),
        states: all(ids, 'accepted'),
        provider_ids: ids.map((_, at) => `wamid.new.${at}`),
        providers: all(ids, 'meta'),
        codes: all(ids, null),
        details: all(ids, null),
        dues: all(ids, null),
        retries: all(ids, 0),
        now: busy.now,
      };
    },
  },
  receipt_apply: {
    arguments: busy => {
      // Half of them resolve what is unknown and so write their attempt and reference as well.
      const ids = [...busy.ids('accepted').slice(BATCH / 2), ...busy.ids('sending').slice(BATCH / 2)];
      return {
        ids,
        attempts: all(ids, 1),
        provider_ids: ids.map((_, at) => `wamid.receipt.${at}`),
        sents: all(ids, busy.now),
        delivereds: all(ids, busy.now),
        reads: all(ids, null),
        faileds: all(ids, null),
        codes: all(ids, null),
        price_ats: all(ids, busy.now),
        price_categories: all(ids, 'utility'),
        price_types: all(ids, 'regular'),
        price_markets: all(ids, 'Romania'),
        price_micros: all(ids, 23_900),
        provider: 'meta',
        currency: 'EUR',
        zone: 'UTC',
        now: busy.now,
      };
    },
  },
  balance_book: {
    arguments: () => ({
      kinds: all(fresh, 'reserve'),
      amounts: all(fresh, -1),
      messages: fresh,
      references: all(fresh, null),
      reserved: BATCH,
      actor: null,
      now: Date.now(),
    }),
    walks: { balance: ['balance_pkey'] },
  },
  budget_use_add: {
    arguments: () => ({ budgets: all(fresh, 'all'), periods: all(fresh, '2026-11-01'), micros: all(fresh, 1) }),
  },
  reservation_hold: {
    arguments: busy => ({
      ids: fresh,
      micros: all(fresh, 1),
      free_replies: all(fresh, false),
      counted: all(fresh, [{ budget: 'all', period: '2026-11-01' }]),
      currency: 'EUR',
      prepaid: true,
      now: busy.now,
    }),
  },
  reservation_find: { arguments: busy => ({ ids: busy.ids('queued') }) },
  reservation_slice: {
    arguments: () => ({ after: NO_ID, limit: BATCH }),
    walks: { reservation: ['reservation_pkey'] },
  },
  reservation_fates: { arguments: busy => ({ ids: busy.ids('delivered') }) },
  reservation_watch: { arguments: busy => ({ ids: busy.ids('failed'), now: busy.now }) },
  reservation_end: { arguments: busy => ({ ids: busy.ids('delivered') }) },
  message_costs: { arguments: busy => ({ ids: busy.ids('failed') }) },
  balance_prove: {
    arguments: () => ({ limit: BATCH }),
    walks: { balance: ['balance_pkey'], balance_entry: ['balance_entry_pkey'] },
  },
  spend_discover: { arguments: nothing, batch: TENANTS, walks: { reservation: ['reservation_pkey'] } },
  rate_context: { arguments: () => ({ markets: ['Romania', 'Other'] }) },
  message_unpriced: {
    arguments: () => ({ after: NO_ID, limit: BATCH }),
    walks: { message: ['message_unpriced'] },
  },
  message_price_fill: {
    arguments: busy => {
      const ids = busy.ids('delivered');
      return { ids, micros: all(ids, 23_900), currency: 'EUR', zone: 'UTC' };
    },
  },
  cost_fold: { arguments: () => ({ limit: BATCH }), walks: { cost_delta: ['cost_delta_pkey'] } },
  provider_ref_find: { arguments: busy => ({ provider: 'meta', provider_ids: busy.providerIds }) },
  inbox_store: { arguments: delivered },
  inbox_store_new: { arguments: delivered },
  inbox_claim: {
    arguments: () => ({ lane: 'receipts', limit: BATCH, most_bytes: 1_000_000 }),
    walks: { inbox_pending: ['inbox_pending_pkey'] },
  },
  inbox_read: {
    // Whose place in the queue there is their id too.
    arguments: busy => ({ days: all(busy.seqs, utcDay(busy.now)), ids: busy.seqs }),
  },
  inbox_done: { arguments: busy => ({ lane: 'receipts', seqs: busy.seqs }) },
  parked_event_slice: {
    arguments: () => ({ after: NO_ID, limit: BATCH }),
    walks: { parked_event: ['parked_event_pkey'] },
  },
  parked_event_take: { arguments: () => ({ ids: fresh }) },
  message_unknown_open: {
    arguments: busy => ({ limit: BATCH, now: busy.now }),
    walks: { message: ['message_unknown', 'message_accepted'] },
  },
  message_unknown_resend: { arguments: busy => ({ ids: busy.ids('unknown'), resends: 0, now: busy.now }) },
  message_unknown_close: { arguments: busy => ({ ids: busy.ids('unknown') }) },
  message_requeue: {
    arguments: busy => ({
      ids: busy.ids('failed'),
      purposes: ['order_confirm'],
      lives_ms: [86_400_000],
      now: busy.now,
    }),
  },
  message_cancel: { arguments: busy => ({ id: busy.ids('queued')[0] }), batch: 1 },
  message_read: { arguments: busy => ({ id: busy.ids('delivered')[0] }), batch: 1 },
  message_attempt_list: {
    arguments: busy => ({ id: busy.ids('delivered')[0] }),
    batch: 1,
    walks: { message_attempt: ['message_attempt_pkey'] },
  },
  message_lease_rescue: { arguments: nothing, walks: { message: ['message_leased'] } },
  message_sending_rescue: { arguments: busy => ({ now: busy.now }), walks: { message: ['message_sending'] } },
  message_queue_expire: {
    arguments: busy => ({ now: busy.now, limit: BATCH }),
    walks: { message: ['message_expiry'] },
  },
  contact_ensure: {
    arguments: busy => {
      const none = all(fresh, null);
      const named = { first_names: none, last_names: none, locales: none, zones: none, countries: none };
      const values = fresh.map((id, at) => busy.phones[at * 2] ?? id);
      const digests = all(fresh, Buffer.alloc(32));
      return { ids: fresh, kinds: all(fresh, 'phone'), values, digests, ...named, now: busy.now };
    },
  },
  message_recent: {
    arguments: busy => ({ contacts: busy.contacts, purposes: ['promo'], states: ['sent'], since: busy.now }),
    walks: { message: ['message_contact'] },
  },
  sender_reach_known: { arguments: busy => ({ sender: busy.sender, contacts: busy.contacts, now: busy.now }) },
  sender_reach_promise: {
    arguments: busy => ({ sender: busy.sender, steps: all(fresh, busy.now), counts: all(fresh, 1) }),
  },
  sender_reach_mark: {
    arguments: busy => ({ sender: busy.sender, contacts: busy.contacts, step: busy.now, now: busy.now }),
  },
  contact_identity_past_find: {
    arguments: busy => ({
      kinds: all(busy.phones, 'phone'),
      values: busy.phones,
      ats: all(busy.phones, busy.now),
    }),
    // The end that came next: the key up to its last column, and from there the first.
    walks: { contact_identity_past: ['contact_identity_past_pkey'] },
  },
  suppression_find: { arguments: () => ({ kinds: all(fresh, 'phone'), digests: all(fresh, Buffer.alloc(32)) }) },
  window_free: { arguments: busy => ({ messages: busy.ids('accepted'), untils: all(busy.ids('accepted'), busy.now) }) },
  window_open: {
    arguments: busy => ({
      sender: busy.sender,
      contacts: busy.contacts,
      ats: all(busy.contacts, busy.now),
      frees: all(busy.contacts, null),
      open_ms: 86_400_000,
    }),
  },
  parked_event_store: {
    arguments: () => ({ ids: fresh, provider: 'meta', provider_ids: fresh, events: all(fresh, {}) }),
  },
  inbound_message_store: {
    arguments: busy => ({
      ids: fresh,
      sender: busy.sender,
      contacts: fresh.map(() => busy.contacts[0]),
      provider: 'meta',
      provider_ids: fresh,
      kinds: all(fresh, 'text'),
      texts: all(fresh, 'stop'),
      payloads: all(fresh, {}),
      ats: all(fresh, busy.now),
      now: busy.now,
    }),
  },
  stat_fold: { arguments: () => ({ limit: BATCH }), walks: { stat_delta: ['stat_delta_pkey'] } },
  idempotency_store: {
    arguments: () => ({
      keys: fresh.map((_, at) => `key ${at * 4}`),
      tokens: fresh,
      statuses: all(fresh, 202),
      bodies: all(fresh, '{}'),
    }),
  },
  message_failed_read: { arguments: busy => ({ ids: busy.ids('failed') }) },
  message_failed_retry: {
    arguments: busy => {
      const ids = busy.ids('failed');
      const told = {
        dues: all(ids, busy.now),
        retries: all(ids, 1),
        codes: all(ids, '131056'),
        details: all(ids, null),
      };
      return { ids, attempts: all(ids, 1), ...told, now: busy.now };
    },
  },
  contact_hold_marketing: {
    arguments: busy => ({ contacts: busy.contacts, untils: all(busy.contacts, busy.now) }),
  },
  message_person: { arguments: busy => ({ ids: busy.ids('failed') }) },
  message_template_id: { arguments: busy => ({ ids: busy.ids('failed') }) },
  message_unknown_asked: { arguments: busy => ({ ids: busy.ids('unknown') }) },
  message_attempt_start: {
    arguments: busy => ({ ids: busy.ids('failed'), attempts: all(busy.ids('failed'), 1) }),
  },
  lane_lock: { arguments: busy => ({ sender: busy.sender }), batch: 1, walks: { lane: ['lane_pkey'] } },
  lane_discover: { arguments: busy => ({ now: busy.now }), batch: TENANTS, walks: { message: ['message_due'] } },
  rescue_discover: {
    arguments: busy => ({ now: busy.now }),
    walks: { message: ['message_expiry', 'message_leased', 'message_sending', 'message_unknown'] },
  },
  inbox_discover: {
    arguments: () => ({ lane: 'receipts' }),
    batch: TENANTS,
    walks: { inbox_pending: ['inbox_pending_pkey'] },
  },
  parked_discover: { arguments: nothing, batch: TENANTS, walks: { parked_event: ['parked_event_pkey'] } },
  lag_read: { arguments: nothing, batch: 100, walks: { inbox_pending: ['inbox_pending_pkey'] } },
  cost_discover: { arguments: nothing, batch: TENANTS, walks: { cost_delta: ['cost_delta_pkey'] } },
  sale_receipt_discover: { arguments: nothing, batch: TENANTS, walks: { pos_sale: ['pos_sale_receipt'] } },
  sale_receipt_claim: {
    arguments: () => ({ limit: BATCH, hold_ms: 30_000 }),
    walks: { pos_sale: ['pos_sale_receipt'] },
  },
  delta_discover: { arguments: nothing, batch: TENANTS, walks: { stat_delta: ['stat_delta_pkey'] } },
};

/** They take lists too, and a message does not wait for them: they grow with what a person chose or an operator made. */
export const COLD: readonly string[] = [
  'bill_save',
  'consent_event_append',
  'consent_event_evidence_erase',
  'consent_event_list',
  'consent_save',
  'contact_change_erase',
  'contact_erase',
  'contact_fill',
  'contact_identity_end',
  'contact_identity_erase',
  'contact_identity_past_erase',
  'contact_identity_past_keep',
  'otp_erase',
  'otp_sealed',
  'parked_identity_take',
  'contact_identity_give',
  'drop_inbox_days',
  'inbound_message_erase',
  'inbound_message_last_before',
  'key_create',
  'message_erase',
  'message_give_back',
  'message_list',
  'message_redirect',
  'message_take_over',
  'message_waiting_of',
  'opt_in_request_drop',
  'opt_in_request_erase',
  'opt_in_request_find',
  'opt_in_request_open',
  'opt_in_request_same',
  'possible_opt_out_erase',
  'rate_import',
  'sale_erase',
  'template_candidates',
  'template_check_discover',
  'template_save',
  'tenant_create',
  'window_refold',
];
