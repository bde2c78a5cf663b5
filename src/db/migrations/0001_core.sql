-- The core: tenants and keys, people and their consent, senders, templates, messages, the inbox, counters.
-- Every table leads with tenant_id; row-level security is forced at the end, for all of them alike.
-- Instants are timestamptz. `…_at` is business time unless its comment says machine time (architecture, section 5).

create function current_tenant() returns uuid language sql stable parallel safe
  -- After a transaction the setting is '' and not null, and ''::uuid is an error.
  return nullif(current_setting('app.tenant', true), '')::uuid;

create table platform_clock (
  only_row boolean primary key default true check (only_row),
  offset_ms bigint not null default 0
);
insert into platform_clock default values;

create table tenant (
  tenant_id uuid primary key,
  slug text not null unique,
  name text not null,
  default_country text,
  default_language text not null default 'en',
  zone text not null default 'UTC',
  settings jsonb not null default '{}',
  created_at timestamptz not null
);

-- Keys of a tenant's own, made once, sealed by the key-encryption key and never rotated: the ledger's chain and the
-- hashes of suppressed people could not be made again.
create table tenant_key (
  tenant_id uuid not null references tenant,
  purpose text not null check (purpose in ('ledger', 'pepper')),
  sealed bytea not null,
  primary key (tenant_id, purpose)
);

create table api_key (
  tenant_id uuid not null references tenant,
  id uuid not null,
  -- What a caller shows of the key to find it: not secret, globally unique.
  handle text not null unique,
  hash bytea not null,
  name text not null,
  scopes text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  revoked_at timestamptz,
  primary key (tenant_id, id)
);

create table idempotency_key (
  tenant_id uuid not null,
  key text not null,
  fingerprint bytea not null,
  -- Whose claim it is now. Machine time: until then that request is believed to be at work.
  token uuid not null,
  claimed_until timestamptz not null,
  status integer,
  body text,
  created_at timestamptz not null,
  primary key (tenant_id, key)
);
create index idempotency_key_age on idempotency_key (tenant_id, created_at);

create table contact (
  tenant_id uuid not null,
  id uuid not null,
  first_name text,
  last_name text,
  locale text,
  zone text,
  country text,
  -- The contact that this one turned out to be, and when its data were erased.
  merged_into uuid,
  erased_at timestamptz,
  -- Known to have been erased before: nothing is sent until they write or agree themselves.
  suppressed_at timestamptz,
  -- The platform has held marketing back from them: an earlier try than this would be punished.
  marketing_held_until timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, id)
);
-- Erased ones are few: who was erased lately is found without a walk over everybody.
create index contact_erased on contact (tenant_id, id) include (erased_at) where erased_at is not null;

-- How a person is known: a phone, the platform's own spelling of it (`wa`), the ids that WhatsApp scopes to a business
-- (`bsuid`) or to its parent portfolio (`parent`). A username can be given away, so it names nobody and is only shown.
create table contact_identity (
  tenant_id uuid not null,
  kind text not null check (kind in ('phone', 'wa', 'bsuid', 'parent')),
  value text not null,
  contact_id uuid not null,
  -- Keyed, by which a suppressed person is recognised after everything else was erased.
  digest bytea not null,
  created_at timestamptz not null,
  primary key (tenant_id, kind, value)
);
create index contact_identity_contact on contact_identity (contact_id);

-- How a person was known until they changed their number: what was written before that and arrives after it is theirs.
create table contact_identity_past (
  tenant_id uuid not null,
  kind text not null check (kind in ('phone', 'wa', 'bsuid', 'parent')),
  value text not null,
  ended_at timestamptz not null,
  contact_id uuid not null,
  primary key (tenant_id, kind, value, ended_at)
);
create index contact_identity_past_contact on contact_identity_past (contact_id);

-- What changed about who is who, and how to take it back: a number changed, two contacts turned out to be one.
create table contact_change (
  tenant_id uuid not null,
  id uuid not null,
  contact_id uuid not null,
  change text not null check (change in ('merge', 'number')),
  -- The other contact of a merge.
  other_id uuid,
  reason text not null,
  -- The identities that moved or ended: [{kind, value}].
  identities jsonb not null,
  actor text not null,
  -- The platform's event, which happens once however often it is told.
  event text,
  at timestamptz not null,
  -- Machine time.
  recorded_at timestamptz not null,
  undone_at timestamptz,
  primary key (tenant_id, id)
);
create unique index contact_change_event on contact_change (tenant_id, event);
create index contact_change_contact on contact_change (tenant_id, contact_id, id);
create index contact_change_other on contact_change (tenant_id, other_id, id) where other_id is not null;

-- People who were erased and must not be written to: keyed hashes and nothing else.
create table suppression (
  tenant_id uuid not null,
  kind text not null check (kind in ('phone', 'wa', 'bsuid', 'parent')),
  digest bytea not null,
  -- The record that was erased: what belonged together is lifted together.
  contact_id uuid not null,
  since timestamptz not null,
  reason text not null,
  primary key (tenant_id, kind, digest)
);
create index suppression_contact on suppression (contact_id);

-- Append-only and chained. What identifies a person beyond the contact's id stands in `evidence`, of which the chain
-- holds a keyed digest only: it can be erased without breaking the chain.
create table consent_event (
  tenant_id uuid not null,
  seq bigint not null,
  contact_id uuid not null,
  -- Keyed hashes of the phone and the scoped id by which the person was known.
  subjects text[] not null,
  action text not null check (action in ('grant', 'withdraw', 'restore', 'stop', 'resume', 'pause', 'unpause', 'ask', 'merge', 'split', 'erase')),
  purposes text[] not null,
  channels text[] not null,
  said_by text not null check (said_by in ('person', 'business', 'platform')),
  -- Who wrote it: the API key, the webhook, a member of the team.
  actor text not null,
  source text not null,
  text_digest bytea,
  text_version text,
  locale text,
  -- The business by the name that was shown.
  controller text not null,
  claimed_at timestamptz not null,
  recorded_at timestamptz not null,
  evidence jsonb not null,
  evidence_digest bytea not null,
  prev_hash bytea not null,
  hash bytea not null,
  primary key (tenant_id, seq)
);
create index consent_event_contact on consent_event (tenant_id, contact_id, seq);
-- One row for what one inbound message said, however often its webhook is replayed.
create unique index consent_event_evidence on consent_event (tenant_id, (evidence ->> 'inbound')) where evidence ? 'inbound';

create table consent_head (
  tenant_id uuid primary key,
  seq bigint not null,
  hash bytea not null
);

-- The texts that people were shown, once each and for ever: what was agreed to is looked up by the digest in the chain.
create table consent_text (
  tenant_id uuid not null,
  digest bytea not null,
  body text not null,
  first_shown_at timestamptz not null,
  primary key (tenant_id, digest)
);

-- The standing that the ledger's events fold to. What the person said, what the business claims and what the platform
-- reports are kept apart in `words`, so that the order in which they arrive does not matter.
create table consent (
  tenant_id uuid not null,
  contact_id uuid not null,
  purpose text not null check (purpose in ('marketing', 'transactional')),
  channel text not null,
  status text not null check (status in ('granted', 'withdrawn', 'none')),
  since timestamptz not null,
  source text not null,
  verified boolean not null,
  -- The person's own STOP, and their switch inside WhatsApp, as long as they hold.
  stopped_at timestamptz,
  platform_stopped_at timestamptz,
  -- A text that may be an opt-out waits for somebody to read it.
  paused_at timestamptz,
  -- {speaker: {kind of word: {at, source}}}: what the columns above are derived from.
  words jsonb not null,
  primary key (tenant_id, contact_id, purpose, channel)
);

-- A question that waits for its YES: what was shown, what a YES then grants, and the message that asks it.
create table opt_in_request (
  tenant_id uuid not null,
  id uuid not null,
  contact_id uuid not null,
  purposes text[] not null,
  channels text[] not null,
  source text not null,
  text text not null,
  text_version text,
  locale text,
  asked_at timestamptz not null,
  expires_at timestamptz not null,
  message_id uuid,
  answered_at timestamptz,
  -- A no of the person's, or of the business on their behalf, that came after the question.
  dropped_at timestamptz,
  primary key (tenant_id, id)
);
create index opt_in_request_contact on opt_in_request (contact_id);

create table sender (
  tenant_id uuid not null,
  id uuid not null,
  -- Stands in the webhook's path; unguessable, since it chooses the secret that judges a signature.
  key text not null unique,
  provider text not null,
  channel text not null,
  name text not null,
  address text,
  account jsonb not null,
  secret bytea not null,
  is_default boolean not null default false,
  -- Somebody switched it off by hand: nobody else's word changes that.
  switched_off boolean not null default false,
  -- The account's ban and its end, each the latest by the provider's own time: two of one moment are a ban. A person's
  -- word that it may send again is an end too, of refusals as well.
  banned_at timestamptz,
  ban_reason text,
  lifted_at timestamptz,
  -- The latest send that the provider refused because of the sender. Each start tries again: since then, in business time.
  refused_at timestamptz,
  refusal text,
  refusals_from timestamptz not null,
  -- Computed, so that what was said leads to one standing in whatever order it came.
  status text not null generated always as (case when switched_off or banned_at >= coalesce(lifted_at, banned_at)
    or refused_at >= greatest(refusals_from, lifted_at) then 'disabled' else 'active' end) stored,
  status_reason text generated always as (case when switched_off then 'switched off'
    when banned_at >= coalesce(lifted_at, banned_at) then 'banned: ' || ban_reason
    when refused_at >= greatest(refusals_from, lifted_at) then refusal end) stored,
  throughput_per_second integer not null,
  -- Somebody set the pace by hand: the environment's, written at every start, is older.
  tuned boolean not null default false,
  -- Different people whom it may write to first in any 24 hours; null where nobody has said.
  portfolio_limit integer,
  -- By the provider's own time, or a person's: the later word holds, in whatever order they arrive.
  portfolio_limit_at timestamptz,
  created_at timestamptz not null,
  primary key (tenant_id, id)
);
create unique index sender_default on sender (tenant_id, channel) where is_default;

-- A sender's queue as the dispatcher sees it. Machine time.
create table lane (
  tenant_id uuid not null,
  sender_id uuid not null,
  next_slot_at timestamptz not null default '-infinity',
  paused_until timestamptz not null default '-infinity',
  pause_reason text,
  primary key (tenant_id, sender_id)
);

-- How far each person's allowance with each sender is used up (machine time). Unlogged: a crash forgets it, and the
-- provider's own answer (131056) then reminds us; a logged row for every message would cost more than it protects.
create unlogged table pair_rate (
  tenant_id uuid not null,
  sender_id uuid not null,
  contact_id uuid not null,
  next_slot_at timestamptz not null,
  primary key (tenant_id, sender_id, contact_id)
);

-- Whom a sender wrote to first, and when: what the platform's portfolio limit counts.
create table sender_reach (
  tenant_id uuid not null,
  sender_id uuid not null,
  contact_id uuid not null,
  at timestamptz not null,
  primary key (tenant_id, sender_id, contact_id)
);
-- As text: an index that begins with a column of the key offers the planner a way round the whole key.
create index sender_reach_at on sender_reach ((tenant_id::text), at);

-- The same counted, ten minutes a row: the limit is read at every gate, and a portfolio may reach a hundred thousand a day.
create table sender_reach_step (
  tenant_id uuid not null,
  sender_id uuid not null,
  at timestamptz not null,
  people integer not null,
  -- So many that wait were told to come when these leave the span.
  promised integer not null default 0,
  primary key (tenant_id, sender_id, at)
);

create table contact_window (
  tenant_id uuid not null,
  sender_id uuid not null,
  contact_id uuid not null,
  last_inbound_at timestamptz not null,
  expires_at timestamptz not null,
  -- They came by an ad or a page: until then nothing is charged.
  free_until timestamptz,
  primary key (tenant_id, sender_id, contact_id)
);

create table template (
  tenant_id uuid not null,
  id uuid not null,
  name text not null,
  language text not null,
  purpose text not null,
  meta_category text not null,
  status text not null check (status in ('draft', 'pending', 'approved', 'rejected', 'paused', 'disabled')),
  status_reason text,
  -- By the provider's own time: of two webhooks the later one holds, in whatever order they arrive.
  status_at timestamptz,
  quality text,
  quality_at timestamptz,
  -- The provider's latest word about the category: when it was said, and what, to decide between two of one moment.
  category_at timestamptz,
  category_word text,
  next_category text,
  next_category_at timestamptz,
  header text,
  -- A file or a place in the header's stead.
  media jsonb,
  body text not null,
  footer text,
  buttons jsonb not null default '[]',
  -- The platform's own text for one-time codes: `body` and `footer` only stand for it.
  authentication jsonb,
  -- The provider counts the variables of this template and does not name them: `v1`, `v2` here.
  positional boolean not null default false,
  samples jsonb not null default '{}',
  -- A digest of what the provider sees of the text: with another one it is a draft again.
  form bytea not null default '',
  -- The digest of the text that the provider has: what it says of its standing is about that one.
  provider_form bytea,
  -- Handed in, and the answer is not here yet: what the provider says meanwhile is about the new text. Machine time: it
  -- ends by itself, as whoever asks may die before the answer.
  submitting_until timestamptz,
  -- Since when the text stands, by us or by the provider; and when the provider last made another one of ours.
  text_at timestamptz,
  followed_at timestamptz,
  provider_template_id text,
  -- When the provider was last asked what has become of it; only where no webhook tells. Machine time.
  checked_at timestamptz,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (tenant_id, id)
);
create unique index template_name on template (tenant_id, name, language);
create index template_purpose on template (tenant_id, purpose, language);

-- The message is its own job: one state, one row. It is rewritten at every step, so it is kept narrow; what never
-- changes stands in message_content.
create table message (
  tenant_id uuid not null,
  id uuid not null,
  contact_id uuid,
  purpose text not null,
  channel text not null,
  sender_id uuid,
  provider text,
  template_id uuid,
  priority smallint not null,
  state text not null check (state in ('queued', 'leased', 'sending', 'accepted', 'sent', 'delivered', 'read',
    'refused', 'unknown', 'failed', 'dead', 'cancelled', 'expired')),
  reason text,
  due_at timestamptz not null,
  expires_at timestamptz,
  -- The caller named the end itself: no requeue moves it.
  expiry_fixed boolean not null default false,
  attempt smallint not null default 0,
  -- Definite noes that were tried again; unknown outcomes that were sent again.
  retries smallint not null default 0,
  resends smallint not null default 0,
  -- A person has put the message back since this attempt: a late `sent` of it is no news of the next one.
  closed_attempt smallint not null default 0,
  -- Machine time: the moment on the wire that the lane reserved; the lease's and the attempt's end.
  slot_at timestamptz,
  deadline_at timestamptz,
  lease_owner uuid,
  unknown_at timestamptz,
  resolution text check (resolution in ('open', 'resent', 'closed', 'sent', 'not_sent')),
  provider_id text,
  -- Its person was erased: no provider's id, which holds their number, is written here again, however late it comes.
  erased boolean not null default false,
  error_code text,
  -- What the provider's receipts say that it costs: when they said so first, as what, in which market. A receipt names no
  -- amount, so `price_micros` is the rate card's; without a rate it is null and may be known later.
  price_at timestamptz,
  price_category text,
  price_type text,
  price_market text,
  price_micros bigint,
  -- One currency for all three: the account's when the message was first priced.
  currency text,
  estimate_micros bigint,
  -- The price, once the message has arrived. What does not arrive is not charged.
  actual_micros bigint,
  created_at timestamptz not null,
  accepted_at timestamptz,
  sent_at timestamptz,
  delivered_at timestamptz,
  read_at timestamptz,
  failed_at timestamptz,
  primary key (tenant_id, id)
) partition by range (id);
create index message_due on message (tenant_id, sender_id, priority, due_at, id) where state = 'queued';
-- `is not null`, though an end is always there: without it whoever looks for what is due might walk along all ends instead.
create index message_expiry on message (tenant_id, expires_at) where state = 'queued' and expires_at is not null;
create index message_leased on message (tenant_id, deadline_at) where state = 'leased';
create index message_sending on message (tenant_id, deadline_at) where state = 'sending';
create index message_unknown on message (tenant_id, unknown_at) where state = 'unknown' and resolution = 'open';
create index message_accepted on message (tenant_id, sender_id, accepted_at) where state = 'accepted';
create index message_unpriced on message (tenant_id, id) where price_at is not null and price_micros is null;
create index message_stuck on message (tenant_id, state, id) where state in ('refused', 'unknown', 'failed', 'dead', 'cancelled', 'expired');
-- Without the tenant in front: an index that begins with it offers the planner a walk over all of the tenant's rows.
-- `id` is carried and not a second column of the key: as one it looked cheaper than the primary key.
create index message_contact on message (contact_id) include (id);

create table message_content (
  tenant_id uuid not null,
  message_id uuid not null,
  recipient text not null,
  -- Where it goes, when the person's address has changed since.
  deliver_to text,
  -- json and not jsonb: written with every message, read whole, and never searched.
  content json not null,
  reference text,
  origin text,
  decision json not null,
  primary key (tenant_id, message_id)
) partition by range (message_id);

create table message_attempt (
  tenant_id uuid not null,
  message_id uuid not null,
  attempt smallint not null,
  started_at timestamptz not null,
  outcome text not null default 'sending' check (outcome in ('sending', 'accepted', 'rejected', 'unreached', 'uncertain')),
  provider_id text,
  error_code text,
  error_detail text,
  ended_at timestamptz,
  primary key (tenant_id, message_id, attempt)
) partition by range (message_id);

-- Held while its message is live or was sent.
create table business_key (
  tenant_id uuid not null,
  key text not null,
  message_id uuid not null,
  fingerprint bytea not null,
  primary key (tenant_id, key)
);

create table provider_ref (
  tenant_id uuid not null,
  provider text not null,
  provider_id text not null,
  message_id uuid not null,
  attempt smallint not null,
  primary key (tenant_id, provider, provider_id)
);

-- Raw webhooks as they came, written once. The id is the digest of sender and body, so that the primary key itself
-- catches a delivery that is repeated; partitioned by the day of arrival (machine time) and dropped whole.
-- `received_at` is business time: of providers that tell no time it is the time of what they tell. `query` stands there
-- for those who bring our id back in the address.
create table inbox (
  tenant_id uuid not null,
  day date not null,
  id uuid not null,
  sender_id uuid not null,
  received_at timestamptz not null,
  query text not null default '',
  body bytea not null,
  primary key (tenant_id, day, id)
) partition by range (day);

-- What of the inbox still has to be applied. A table of its own: applying deletes forty bytes here in place of
-- rewriting a row with its whole body there.
create table inbox_pending (
  tenant_id uuid not null,
  lane text not null check (lane in ('people', 'receipts', 'dead')),
  seq uuid not null,
  day date not null,
  inbox_id uuid not null,
  -- Of the body: a claim takes as many as fit into memory, and need not look at the bodies for that.
  bytes integer not null,
  attempts smallint not null default 0,
  not_before timestamptz not null default '-infinity',
  error text,
  primary key (tenant_id, lane, seq)
);

create table parked_event (
  tenant_id uuid not null,
  id uuid not null,
  provider text not null,
  provider_id text not null,
  event jsonb not null,
  parked_at timestamptz not null,
  primary key (tenant_id, id)
);
create index parked_event_ref on parked_event (tenant_id, provider, provider_id);

create table inbound_message (
  tenant_id uuid not null,
  id uuid not null,
  sender_id uuid not null,
  contact_id uuid not null,
  provider text not null,
  provider_id text not null,
  kind text not null,
  text text,
  payload jsonb not null,
  sent_at timestamptz not null,
  received_at timestamptz not null,
  primary key (tenant_id, id)
);
create unique index inbound_message_ref on inbound_message (tenant_id, provider, provider_id);
create index inbound_message_contact on inbound_message (tenant_id, contact_id, sent_at);

-- Texts that may be an opt-out: marketing to the person waits until somebody has read them.
create table possible_opt_out (
  tenant_id uuid not null,
  id uuid not null,
  contact_id uuid not null,
  inbound text not null,
  text text not null,
  said_at timestamptz not null,
  decision text check (decision in ('opt_out', 'keep')),
  decided_by text,
  decided_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, inbound)
);

-- One-time codes: a keyed digest, and sealed for as long as one may have to be sent again. Kept for a day, which is how
-- far back the limits look.
create table otp_code (
  tenant_id uuid not null,
  id uuid not null,
  contact_id uuid not null,
  -- Which of the person's numbers it was sent to: it proves that one and no other.
  address bytea not null,
  -- The number without its last three digits.
  neighbourhood text not null,
  digest bytea not null,
  sealed bytea,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_sent_at timestamptz not null,
  sends smallint not null,
  attempts_left smallint not null,
  verified_at timestamptz,
  -- A newer one took its place.
  replaced_at timestamptz,
  primary key (tenant_id, id)
);
create index otp_code_contact on otp_code (contact_id);
create index otp_code_neighbourhood on otp_code (neighbourhood, created_at);

-- Counters: a change of state writes its delta beside itself; a worker folds deltas into hours.
create table stat_delta (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  hour timestamptz not null,
  purpose text not null,
  provider text not null,
  state text not null,
  count integer not null,
  -- Of the money, which stands in rows of its own: '' where there is none.
  currency text not null default '',
  -- Messages whose cost is in `actual_micros`, free ones too.
  priced integer not null default 0,
  estimate_micros bigint not null default 0,
  actual_micros bigint not null default 0,
  primary key (tenant_id, id)
);

create table stat_hour (
  tenant_id uuid not null,
  hour timestamptz not null,
  purpose text not null,
  provider text not null,
  state text not null,
  count bigint not null,
  currency text not null default '',
  priced bigint not null default 0,
  estimate_micros bigint not null default 0,
  actual_micros bigint not null default 0,
  primary key (tenant_id, hour, purpose, provider, state, currency)
);

-- A tenant's own rate cards. What the program knows of prices by itself stands in its code, with day and source.
create table rate_card (
  tenant_id uuid not null,
  currency text not null,
  market text not null,
  category text not null,
  -- A day of the account's own calendar.
  effective_from date not null,
  -- From how many charged messages of the month on: 0 but for volume tiers.
  tier_from bigint not null,
  micros bigint not null,
  source text not null,
  imported_at timestamptz not null,
  primary key (tenant_id, currency, market, category, effective_from, tier_from)
);

-- What arrived, by the day and under the name under which the provider charges it: what its bill is compared with. Deltas
-- beside the messages, folded by a worker, as with the counters. '' is the currency of what has no known price.
create table cost_delta (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  day date not null,
  sender_id uuid not null,
  market text not null,
  category text not null,
  currency text not null,
  messages integer not null,
  charged integer not null,
  micros bigint not null,
  primary key (tenant_id, id)
);

create table cost_day (
  tenant_id uuid not null,
  day date not null,
  sender_id uuid not null,
  market text not null,
  category text not null,
  currency text not null,
  messages bigint not null,
  charged bigint not null,
  micros bigint not null,
  primary key (tenant_id, day, sender_id, market, category, currency)
);

-- What the provider says that it billed, by its own day, country and category.
create table bill_line (
  tenant_id uuid not null,
  day date not null,
  country text not null,
  category text not null,
  currency text not null,
  messages bigint not null,
  micros bigint not null,
  source text not null,
  imported_at timestamptz not null,
  primary key (tenant_id, day, country, category, currency)
);

-- A tenant's prepaid money: what is free to be spent, and what is reserved for messages under way. The row is also the lock
-- under which every reservation is made and given back; it is the last one that anybody takes.
create table balance (
  tenant_id uuid primary key,
  currency text not null,
  free_micros bigint not null check (free_micros >= 0),
  reserved_micros bigint not null check (reserved_micros >= 0),
  -- Of the last entry of its ledger, and how far that has been proven.
  seq bigint not null,
  checked_seq bigint not null default 0
);

-- Everything that ever moved the free money, in order: each entry with the sum behind it.
create table balance_entry (
  tenant_id uuid not null,
  seq bigint not null,
  kind text not null check (kind in ('credit', 'reserve', 'release', 'settle')),
  amount_micros bigint not null,
  free_micros bigint not null,
  currency text not null,
  message_id uuid,
  -- The caller's name of a credit: said again it is the same one.
  reference text,
  actor text,
  at timestamptz not null,
  primary key (tenant_id, seq)
);
create unique index balance_entry_reference on balance_entry (tenant_id, reference);

-- What of a budget is used up or reserved, in each of its periods.
create table budget_use (
  tenant_id uuid not null,
  budget text not null,
  -- `2026-11-21` or `2026-11`.
  period text not null,
  used_micros bigint not null,
  primary key (tenant_id, budget, period)
);

-- What a message may cost, put aside until it has arrived or ended. `watched`: it has ended and given its money back, and
-- may arrive all the same; looked at until nobody expects that any more.
create table reservation (
  tenant_id uuid not null,
  message_id uuid not null,
  state text not null check (state in ('held', 'watched')),
  micros bigint not null,
  -- Thought to be one of the month's free replies: whoever comes next counts on one less.
  free_reply boolean not null default false,
  currency text not null,
  -- Whether the balance pays, and which budgets count it, each in which period: [{budget, period}].
  prepaid boolean not null,
  counted jsonb not null,
  -- When it was made or given back. Business time.
  since timestamptz not null,
  primary key (tenant_id, message_id)
);
create index reservation_free_reply on reservation (tenant_id) where free_reply and state = 'held';

-- A card was imported or the currency named: messages without a price are asked about again, from here on.
create table price_recheck (
  tenant_id uuid primary key,
  after uuid not null,
  requested_at timestamptz not null
);

create table message_default partition of message default;
create table message_content_default partition of message_content default;
create table message_attempt_default partition of message_attempt default;
create table inbox_default partition of inbox default;

-- Rows that are rewritten a few times in their first seconds find room on their own page.
alter table consent set (fillfactor = 80);
alter table lane set (fillfactor = 50);
alter table inbox_pending set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
alter table stat_delta set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
alter table cost_delta set (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);

-- Partitions are made ahead by the application, which is not the owner: these two functions are the owner's, and make
-- nothing but the partitions of these tables.
create function make_message_month(from_id uuid, to_id uuid, suffix text) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare parent text;
begin
  if suffix !~ '^\d{4}_\d{2}$' then raise exception 'a month is named YYYY_MM'; end if;
  perform pg_advisory_xact_lock(hashtext('make_message_month'));
  foreach parent in array array['message', 'message_content', 'message_attempt'] loop
    if to_regclass(format('%I', parent || '_' || suffix)) is null then
      execute format('create table %I partition of %I for values from (%L) to (%L)', parent || '_' || suffix, parent, from_id, to_id);
      if parent = 'message' then
        execute format('alter table %I set (fillfactor = 70)', parent || '_' || suffix);
      -- Each is written twice, and the second time beside the first: no index has to learn of it.
      elsif parent = 'message_attempt' then
        execute format('alter table %I set (fillfactor = 50)', parent || '_' || suffix);
      end if;
    end if;
  end loop;
end $$;

create function make_inbox_day(made date) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
declare name text := 'inbox_' || to_char(made, 'YYYY_MM_DD');
begin
  perform pg_advisory_xact_lock(hashtext('make_inbox_day'));
  if to_regclass(format('%I', name)) is null then
    execute format('create table %I partition of inbox for values from (%L) to (%L)', name, made, made + 1);
  end if;
end $$;

create function drop_inbox_days(before date, keep date[]) returns integer
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  part record;
  dropped integer := 0;
begin
  perform pg_advisory_xact_lock(hashtext('make_inbox_day'));
  for part in
    select c.relname, to_date(right(c.relname, 10), 'YYYY_MM_DD') as day from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'inbox'::regclass and c.relname ~ '^inbox_\d{4}_\d{2}_\d{2}$'
  loop
    if part.day < before and part.day <> all (keep) then
      execute format('drop table %I', part.relname);
      dropped := dropped + 1;
    end if;
  end loop;
  return dropped;
end $$;

-- Roles. `tidings_app` sees one tenant at a time; `tidings_worker` finds work across tenants and reads nothing about people.
do $$
declare role_name text;
begin
  foreach role_name in array array['tidings_app', 'tidings_worker'] loop
    begin
      if not exists (select from pg_roles where rolname = role_name) then
        execute format('create role %I nologin', role_name);
      end if;
    -- Roles belong to the whole server: another database's migration may make them in the same moment.
    exception when duplicate_object or unique_violation then null;
    end;
    begin
      execute format('grant %I to current_user', role_name);
    exception when others then
      if not pg_has_role(current_user, role_name, 'member') then raise; end if;
    end;
  end loop;
end $$;

do $$
declare t text;
begin
  execute format('grant usage on schema %I to tidings_app, tidings_worker', current_schema());
  for t in
    select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and a.attname = 'tenant_id' and not a.attisdropped
  loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    -- `is not distinct from` and not `=`: no index answers it, so it never offers the planner a way into a table
    -- (db/batch.ts says why that matters). Statements name the tenant themselves.
    execute format('create policy tenant_rows on %I to tidings_app using (tenant_id is not distinct from current_tenant()) with check (tenant_id is not distinct from current_tenant())', t);
    execute format('create policy worker_rows on %I to tidings_worker using (true)', t);
    execute format('grant select, insert, update, delete on %I to tidings_app', t);
  end loop;
end $$;

-- The ledger is append-only for the program too.
revoke update, delete on consent_event from tidings_app;
-- But for what a person's erasure takes out of it; the chain holds its digest and verification asks for the erasure.
grant update (evidence) on consent_event to tidings_app;
revoke update, delete on consent_text from tidings_app;
revoke update, delete on tenant_key from tidings_app;
revoke update, delete on inbox from tidings_app;
revoke update, delete on balance_entry from tidings_app;
grant select, update on platform_clock to tidings_worker;

grant execute on function make_message_month, make_inbox_day, drop_inbox_days to tidings_worker;
grant select (tenant_id, slug, name) on tenant to tidings_worker;
grant select on lane to tidings_worker;
revoke execute on function make_message_month, make_inbox_day, drop_inbox_days from public;
grant select (tenant_id, id, handle, hash, scopes, expires_at, revoked_at) on api_key to tidings_worker;
grant select (tenant_id, id, key, provider, status) on sender to tidings_worker;
grant select (tenant_id, id, sender_id, priority, state, due_at, expires_at, deadline_at, unknown_at, resolution) on message to tidings_worker;
grant select (tenant_id, lane, seq, day, not_before) on inbox_pending to tidings_worker;
grant select (tenant_id, id) on parked_event to tidings_worker;
grant select (tenant_id, id) on stat_delta, cost_delta to tidings_worker;
grant select (tenant_id) on price_recheck to tidings_worker;
grant select (tenant_id, message_id) on reservation to tidings_worker;
grant select (tenant_id, seq, checked_seq) on balance to tidings_worker;
