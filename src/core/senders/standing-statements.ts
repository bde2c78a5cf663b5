/** What the platform says of the account behind senders, by its own time: of two webhooks the later one holds. */
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

/** Before the event that said so. Only what this word has stopped does the platform's next word let go on. */
export const BANNED = 'banned: ';

// Every sender whose account names the one that is spoken of: several numbers hear of a ban through one of them.
const named = 'exists (select from jsonb_each_text(s.account) a where a.value = :account)';

// Its queue is held like that of a sender whose sends were refused; a person’s own word stays.
export const senderBan = statement({
  name: 'sender_ban',
  owner: 'senders',
  params: { provider: c.text, account: c.text, reason: c.text, at: c.instant },
  row: { id: c.uuid },
  sql: `update sender s set status = 'disabled', status_at = :at,
      status_reason = case when s.status_reason = 'switched off' then s.status_reason else '${BANNED}' || :reason end
    where s.tenant_id = :tenant and s.provider = :provider and s.status_at <= :at and ${named} returning s.id`,
});

// What somebody switched off stays off. The lane does not wait out an old pause.
export const senderUnban = statement({
  name: 'sender_unban',
  owner: 'senders',
  params: { provider: c.text, account: c.text, at: c.instant },
  row: { id: c.uuid },
  sql: `with lifted as (
      update sender s set status_at = :at,
        status = case when s.status_reason like '${BANNED}%' then 'active' else s.status end,
        status_reason = case when s.status_reason like '${BANNED}%' then null else s.status_reason end
      where s.tenant_id = :tenant and s.provider = :provider and s.status_at <= :at and ${named}
      returning s.id, s.status)
    update lane l set paused_until = '-infinity', pause_reason = null from lifted
    where l.tenant_id = :tenant and l.sender_id = lifted.id and lifted.status = 'active' returning l.sender_id as id`,
});

// The platform’s latest word, also over a number that somebody has set by hand before it.
export const senderLimit = statement({
  name: 'sender_limit',
  owner: 'senders',
  params: { provider: c.text, account: c.text, portfolio_limit: c.maybe(c.int), at: c.instant },
  row: { id: c.uuid },
  sql: `update sender s set portfolio_limit = :portfolio_limit::integer, portfolio_limit_at = :at
    where s.tenant_id = :tenant and s.provider = :provider and coalesce(s.portfolio_limit_at, '-infinity') <= :at and ${named} returning s.id`,
});
