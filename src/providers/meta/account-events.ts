/** What the platform says of the account behind a number. What we act on is a ban and the portfolio's limit. */
import type { ProviderEvent, SenderChange } from '#core/provider.ts';
import { type Json, object, string } from './values.ts';

/** As `NOTHING`, in an answer where no limit is told; null is "as many as you like". */
type Limit = number | null | undefined;

/** `account`: whose entry it was. Everything else is ignored by its name, never by its absence. */
export function readAccount(
  field: string,
  value: Json,
  { account, at }: { account: string; at: number },
): ProviderEvent {
  const event = string(value['event']) ?? string(value['decision']);
  const what = event === undefined ? field : `${field} ${event}`;
  const change: SenderChange = { kind: 'sender', what, account, at };
  const ban = field === 'account_update' ? readBan(event, value) : undefined;
  if (ban) return { ...change, ban };
  const limit = LIMITED.has(field) ? readLimit(value['max_daily_conversations_per_business']) : undefined;
  return limit === undefined ? { kind: 'ignored', what } : { ...change, portfolioLimit: limit };
}

const LIMITED = new Set(['business_capability_update', 'phone_number_quality_update']);

/** A ban that is only announced stops nothing yet. */
function readBan(event: string | undefined, value: Json): SenderChange['ban'] | undefined {
  if (event === 'ACCOUNT_DELETED') return 'banned';
  if (event !== 'DISABLED_UPDATE') return undefined;
  // A word by the documentation; a list in one of its examples.
  const [state] = [object(value['ban_info'])?.['waba_ban_state']].flat();
  return state === 'DISABLE' ? 'banned' : state === 'REINSTATE' ? 'lifted' : undefined;
}

/** `TIER_2K` by the table, 2000 in the example, -1 and `TIER_UNLIMITED` for no limit. */
function readLimit(told: unknown): Limit {
  const [, digits, thousands] = /^TIER_(\d+)(K?)$/.exec(String(told)) ?? [];
  if (told === -1 || told === 'TIER_UNLIMITED') return null;
  const people = digits === undefined ? told : Number(digits) * (thousands ? 1_000 : 1);
  return typeof people === 'number' && Number.isSafeInteger(people) && people > 0 && people <= 1e9 ? people : undefined;
}
