/**
 * What the platform says of the account behind senders, by its own time: of two webhooks the later one holds. What follows
 * for the sender is computed from it by the table.
 */
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

// Every sender whose account names the one that is spoken of: several numbers hear of a ban through one of them. Locked
// in one order, so that two words at once don't wait for each other.
const named = `select id, status from sender s where tenant_id = :tenant and provider = :provider
        and exists (select from jsonb_each_text(s.account) a where a.value = :account) order by id for update`;

// Only what is later than the ban that is known; whether it still holds, its end and a person's word say.
export const senderBan = statement({
  name: 'sender_ban',
  owner: 'senders',
  params: { provider: c.text, account: c.text, reason: c.text, at: c.instant },
  row: { id: c.uuid },
  sql: `with named as materialized (${named})
    update sender s set banned_at = :at, ban_reason = :reason from named n
    where s.tenant_id = :tenant and s.id = n.id and (s.banned_at is null or (:at, :reason::text) > (s.banned_at, s.ban_reason))
    returning s.id`,
});

// Whatever it was that showed the ban first: what was refused before its end is over with it. What somebody switched off
// stays off. The lane does not wait out an old pause.
export const senderUnban = statement({
  name: 'sender_unban',
  owner: 'senders',
  params: { provider: c.text, account: c.text, at: c.instant },
  row: { id: c.uuid },
  sql: `with named as materialized (${named}),
    lifted as (
      update sender s set lifted_at = :at from named n
      where s.tenant_id = :tenant and s.id = n.id and (s.lifted_at is null or s.lifted_at < :at)
      returning s.id, n.status as was, s.status),
    resumed as (
      update lane l set paused_until = '-infinity', pause_reason = null from lifted
      where l.tenant_id = :tenant and l.sender_id = lifted.id and lifted.was = 'disabled' and lifted.status = 'active')
    select id from lifted`,
});

// The latest word, the platform's or a person's; of two of one moment the smaller number holds.
export const senderLimit = statement({
  name: 'sender_limit',
  owner: 'senders',
  params: { provider: c.text, account: c.text, portfolio_limit: c.maybe(c.int), at: c.instant },
  row: { id: c.uuid },
  sql: `with named as materialized (${named})
    update sender s set portfolio_limit = :portfolio_limit::integer, portfolio_limit_at = :at from named n
    where s.tenant_id = :tenant and s.id = n.id and (s.portfolio_limit_at is null or s.portfolio_limit_at < :at
      or (s.portfolio_limit_at = :at and coalesce(:portfolio_limit::integer, 2147483647) < coalesce(s.portfolio_limit, 2147483647)))
    returning s.id`,
});
