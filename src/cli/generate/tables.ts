/** The tables, for whoever looks into the database: what each is for, and which noun of the core owns it. */
import { TABLE_OWNERS } from '#db/schema-manifest.ts';
import { code, type Page, page, REFERENCE, table } from './page.ts';

/** By hand, since no schema says what a table is for; one without a sentence stops the generation. */
export const TABLE_SENTENCES: Readonly<Record<string, string>> = {
  api_key: 'Keys of the API: handle, digest, scopes, expiry. The secret itself is stored nowhere.',
  business_key:
    'Which message holds a caller’s reference (purpose, reference and recipient): what makes a repeated order one message.',
  consent: 'What a person agrees to now, for each purpose and channel: the ledger, folded.',
  epoch:
    'Which database this is and how far it has lived: one row, by which a restored backup is noticed at the next start.',
  consent_event: 'The consent ledger: everything that was said, in a keyed chain. Append-only, also for the program.',
  consent_head: 'The last entry of each tenant’s ledger, which the next one is chained to.',
  contact: 'A person: names, language, zone, country.',
  contact_identity: 'What a person is known by: the phone number, and the platform’s own digits where they differ.',
  contact_window: 'Until when a person may be answered in free text, for each business number they wrote to.',
  idempotency_key: 'The answers of requests that carried an `Idempotency-Key`.',
  inbound_message: 'What people wrote, each once.',
  inbox: 'Raw webhooks as they came, written once.',
  inbox_pending: 'What of the inbox still has to be applied. Small rows, deleted when they are done.',
  lane: 'The queue of one business number: its next free moment on the wire, and how long it is paused.',
  possible_opt_out: 'Texts that may be an opt-out, until somebody has read them.',
  suppression: 'People who were erased and must not be written to: keyed hashes.',
  sender_reach: 'Whom each number wrote to first lately: what the platform’s limit on new people counts.',
  sender_reach_step: 'The same counted, ten minutes a row, and how many wait for each to leave the span.',
  contact_identity_past: 'How people were known until they changed their number.',
  otp_code: 'One-time codes of the last day: keyed digests, sealed as long as they may have to be sent again.',
  opt_in_request: 'Questions of a double opt-in that wait for the person’s YES.',
  tenant_key: 'Keys of a tenant’s own, sealed: of the ledger’s chain and of the hashes of people.',
  contact_change: 'What changed about who is who: merges and numbers, with the reason and the way back.',
  consent_text: 'The texts that people were shown, once each.',
  message: 'The messages: one narrow row each, with one state. The row is also the job.',
  message_attempt: 'Every attempt on the wire, with its answer. Written before the bytes leave.',
  message_content: 'What a message says, to whom, and the decision about it. Written once.',
  pair_rate: 'How much of their allowance each person has had from each number. A crash of the database empties it.',
  parked_event: 'Receipts that came before anybody knew their message.',
  platform_clock: 'How far business time stands from the machine’s: one row, turned by the sandbox.',
  pos_sale: 'Sales at the till, and whether the receipt of each is still wanted.',
  provider_ref: 'The provider’s id of each message, back to ours.',
  schema_migration: 'Which migrations ran here, with their checksums.',
  sender: 'Business numbers with their accounts. The secrets are sealed.',
  balance: 'Prepaid money: what is free and what is reserved. Also the lock of every reservation.',
  balance_entry:
    'The ledger of the prepaid money. Append-only, also for the program; the sum of its amounts is what is free.',
  budget_use: 'What of each budget is used up or reserved, by its period.',
  reservation: 'What a message under way may cost, until it has arrived or ended.',
  bill_line: 'What the provider says that it billed, by day, country and category.',
  cost_day: 'What arrived and what it costs, by the day, market and category that the provider charges.',
  cost_delta: 'Changes of those figures that are not yet folded into days.',
  price_recheck: 'A tenant whose messages without a known price are being asked about again.',
  rate_card: 'The rate cards that a tenant imported.',
  stat_delta: 'Changes of the counters that are not yet folded into hours.',
  stat_hour: 'The counters by the hour in which a message was created.',
  template: 'Templates in each language, with their standing at the provider.',
  tenant: 'The tenants, with their defaults.',
};

/** Of schema.json, which was read from a migrated database and not from the migrations' text. */
export interface TableFacts {
  partitioned_by?: string;
  unlogged?: boolean;
  row_security?: string;
}

/** How a table is kept, where that is not the ordinary way. */
const keeping = ({ partitioned_by: by, unlogged, row_security: security }: TableFacts): string =>
  [
    ...(by === undefined ? [] : [by.includes('day') ? 'a partition a day' : 'a partition a month']),
    ...(unlogged ? ['not logged'] : []),
    // Under no tenant's policy: the sandbox's clock and the list of migrations.
    ...(security === undefined ? ['crosses tenants'] : []),
  ].join(', ') || '—';

export function tablesPage(tables: Readonly<Record<string, TableFacts>>): Page {
  const names = Object.keys(tables).sort();
  const silent = names.filter(name => TABLE_SENTENCES[name] === undefined);
  if (silent.length > 0) throw new Error(`no sentence says what is in ${silent.join(', ')}`);
  const rows = names.map(name => [
    code(name),
    TABLE_OWNERS[name] ?? '—',
    TABLE_SENTENCES[name]!,
    keeping(tables[name]!),
  ]);
  return page(
    `${REFERENCE}/tables.md`,
    'the migrations, TABLE_OWNERS in src/db/schema-manifest.ts and the sentences in src/cli/generate/tables.ts',
    '# Tables',
    'For whoever looks into the database. Read as much as you like; write through the API. [schema.json](../../schema.json) has every column, index, policy and privilege.',
    'The owner is the noun of `src/core` whose statements write the table. Statements of others that touch it say so. Every table with a tenant is under row-level security that holds for the owner too: a connection of the program sees the rows of one tenant, or none. Only the role `tidings_worker`, which looks for work, crosses tenants; it may read ids, states and due times, and nothing about people.',
    table(['table', 'owner', 'what is in it', 'kept as'], rows),
    'Instants whose name ends in `_at` are business time, which the sandbox can turn. Slots, leases, deadlines, pauses and claims are machine time.',
  );
}
