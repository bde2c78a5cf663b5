/** Receipts of a batch, folded by message before they touch the database. */
import type { Tx } from '#db/db.ts';
import { newId } from '#lib/id.ts';
import { type Identity, identitiesOf } from '../contacts/contact.ts';
import { type Learnt, learnFromMessages } from '../contacts/learn.ts';
import type { Core } from '../context.ts';
import { parseCorrelation } from '../messages/correlation.ts';
import { receiptApply, refFind } from '../messages/receipt-statements.ts';
import type { Receipt } from '../provider.ts';
import { accrue, isEarlier, marketsOf, type SaidPrice, saidPrice } from '../rates/accrual.ts';
import { readPriceContext } from '../rates/context.ts';
import { windowFree } from '../windows/statements.ts';
import { followFailures } from './failed-receipts.ts';
import { eventPark } from './statements.ts';

export interface Folded {
  messageId: string;
  attempt: number;
  providerId: string;
  sent: number | null;
  delivered: number | null;
  read: number | null;
  failed: number | null;
  code: string | null;
  price: SaidPrice | undefined;
}

const earliest = (a: number | null, b: number): number => (a === null ? b : Math.min(a, b));

/** Pure: many receipts of one attempt become one row, whatever their order and number. */
export function foldReceipts(known: readonly { receipt: Receipt; messageId: string; attempt: number }[]): Folded[] {
  const rows = new Map<string, Folded>();
  for (const { receipt, messageId, attempt } of known) {
    const key = `${messageId}.${attempt}`;
    const row = rows.get(key) ?? {
      messageId,
      attempt,
      providerId: receipt.providerId,
      sent: null,
      delivered: null,
      read: null,
      failed: null,
      code: null,
      price: undefined,
    };
    row[receipt.status] = earliest(row[receipt.status], receipt.at);
    // The first reason holds: a repetition may come with another wording, and with none.
    if (receipt.status === 'failed') row.code ??= receipt.error?.code ?? 'failed';
    const price = saidPrice(receipt);
    if (price && isEarlier(price, row.price)) row.price = price;
    rows.set(key, row);
  }
  return [...rows.values()];
}

export async function applyReceipts(
  core: Core,
  tx: Tx,
  { tenant, provider }: { tenant: string; provider: string },
  receipts: readonly Receipt[],
  mayPark: boolean,
): Promise<number> {
  if (receipts.length === 0) return 0;
  const placed = await place(tx, provider, receipts);
  const unknown = receipts.filter(receipt => !placed.has(receipt));
  const folded = foldReceipts(
    receipts.flatMap(receipt => (placed.has(receipt) ? [{ receipt, ...placed.get(receipt)! }] : [])),
  );
  // An update takes one row of its source for each target, so a message's older attempts go in rounds of their own.
  const newly = new Set<string>();
  for (let round = folded; round.length > 0; ) {
    const seen = new Set<string>();
    const now = round.filter(row => !seen.has(row.messageId) && seen.add(row.messageId));
    for (const id of await applyRound(core, tx, provider, now)) newly.add(id);
    const done = new Set(now);
    round = round.filter(row => !done.has(row));
  }
  await extendFree(tx, placed);
  await learnPeople(core, tx, tenant, placed);
  const failed = [...placed].filter(([receipt]) => receipt.status === 'failed');
  await followFailures(
    core,
    tx,
    tenant,
    failed.map(([receipt, at]) => ({ receipt, ...at })),
    newly,
  );
  // What comes from the parking place is not parked again: it would go round for ever.
  if (mayPark && unknown.length > 0) {
    await tx.run(eventPark, {
      ids: unknown.map(() => newId()),
      provider,
      provider_ids: unknown.map(one => one.providerId),
      events: unknown,
    });
  }
  return receipts.length - unknown.length;
}

/** Answers which messages failed by this. */
async function applyRound(core: Core, tx: Tx, provider: string, rows: readonly Folded[]): Promise<string[]> {
  const context = await readPriceContext(tx, marketsOf(rows.flatMap(row => row.price ?? [])));
  const prices = rows.map(row => row.price && accrue(row.price, context));
  const applied = await tx.run(receiptApply, {
    ids: rows.map(row => row.messageId),
    attempts: rows.map(row => row.attempt),
    provider_ids: rows.map(row => row.providerId),
    sents: rows.map(row => row.sent),
    delivereds: rows.map(row => row.delivered),
    reads: rows.map(row => row.read),
    faileds: rows.map(row => row.failed),
    codes: rows.map(row => row.code),
    price_ats: rows.map(row => row.price?.at ?? null),
    price_categories: rows.map(row => row.price?.category ?? null),
    price_types: rows.map(row => row.price?.type ?? null),
    price_markets: prices.map(price => price?.market ?? null),
    price_micros: prices.map(price => (price?.kind === 'known' ? price.micros : null)),
    provider,
    currency: context.currency,
    zone: context.zone,
    now: core.clock.now(),
  });
  return applied.filter(row => row.state === 'failed' && row.was !== 'failed').map(row => row.id);
}

async function extendFree(tx: Tx, placed: ReadonlyMap<Receipt, { messageId: string }>): Promise<void> {
  const told = [...placed].flatMap(([{ pricing }, { messageId }]) =>
    pricing?.freeUntil === undefined ? [] : [{ messageId, until: pricing.freeUntil }],
  );
  if (told.length === 0) return;
  await tx.run(windowFree, { messages: told.map(one => one.messageId), untils: told.map(one => one.until) });
}

/** Our own correlation names message and attempt; without it the provider's id does. */
async function place(
  tx: Tx,
  provider: string,
  receipts: readonly Receipt[],
): Promise<Map<Receipt, { messageId: string; attempt: number }>> {
  const placed = new Map<Receipt, { messageId: string; attempt: number }>();
  const bare: Receipt[] = [];
  for (const receipt of receipts) {
    const ours = parseCorrelation(receipt.correlation);
    if (ours) placed.set(receipt, ours);
    else bare.push(receipt);
  }
  if (bare.length === 0) return placed;
  const rows = await tx.run(refFind, { provider, provider_ids: [...new Set(bare.map(receipt => receipt.providerId))] });
  const byRef = new Map(rows.map(row => [row.provider_id, { messageId: row.message_id, attempt: row.attempt }]));
  for (const receipt of bare) {
    const found = byRef.get(receipt.providerId);
    if (found) placed.set(receipt, found);
  }
  return placed;
}

/**
 * What receipts called people lately, by tenant: the three of a message, and the next message's, tell nothing new. For ten
 * minutes of machine time, since an identity can end (an erasure, a number given away) in another process too.
 */
const heard = new Map<string, number>();
const MOST_HEARD = 100_000;
const HEARD_MS = 10 * 60_000;
const heardKey = (tenant: string, { kind, value }: Identity) => `${tenant} ${kind} ${value}`;

/**
 * A receipt names the recipient by the id that WhatsApp scopes to this business. Only it connects a number that we wrote
 * to with a person who hides theirs when they answer STOP.
 */
async function learnPeople(
  core: Core,
  tx: Tx,
  tenant: string,
  placed: ReadonlyMap<Receipt, { messageId: string }>,
): Promise<void> {
  const news = new Map<string, Learnt>();
  for (const [{ person }, { messageId }] of placed) {
    const { scoped, parent } = person ?? {};
    for (const identity of identitiesOf({ ...(scoped ? { scoped } : {}), ...(parent ? { parent } : {}) })) {
      const key = heardKey(tenant, identity);
      if ((heard.get(key) ?? 0) <= core.clock.machine()) news.set(key, { message: messageId, ...identity });
    }
  }
  // Only what stood there before counts as heard: what is written now may still be rolled back.
  const known = await learnFromMessages(core, tx, tenant, [...news.values()], core.clock.now());
  if (heard.size > MOST_HEARD) heard.clear();
  for (const identity of known) heard.set(heardKey(tenant, identity), core.clock.machine() + HEARD_MS);
}
