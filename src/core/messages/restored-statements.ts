/** Messages of a restored database: what it believes still waits may have left since the backup. */
import { byKey } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';
import { stateDelta } from '../stats/state-delta.ts';

// What was due, reserved or on its way becomes unknown and closed: silence says nothing here, since the receipts of that
// time were taken by a database that is gone. The attempt that may have been made gets its number, so that its receipt,
// if the provider repeats it, is recognised, and a later attempt is another one. What is due later can't have left.
export const restoredDoubt = statement({
  name: 'message_restored_doubt',
  owner: 'messages',
  touches: ['stats'],
  params: { now: c.instant, limit: c.int },
  row: { id: c.uuid },
  // Each state by its own partial index: together they would be a walk over everything that was ever sent, for each slice.
  // Waits for whoever holds one of them: what is passed over here is never looked at again.
  sql: `with queued as materialized (
      select tenant_id, id from message where tenant_id = :tenant and state = 'queued' and due_at <= :now limit :limit for update),
    leased as materialized (
      select tenant_id, id from message where tenant_id = :tenant and state = 'leased' limit :limit for update),
    sending as materialized (
      select tenant_id, id from message where tenant_id = :tenant and state = 'sending' limit :limit for update),
    open as materialized (
      select *, 'queued' as was from queued union all select *, 'leased' from leased union all select *, 'sending' from sending),
    doubted as (
      update message m set state = 'unknown', unknown_at = clock_timestamp(), resolution = 'closed', reason = 'restored',
        attempt = m.attempt + case when o.was = 'sending' then 0 else 1 end, lease_owner = null, slot_at = null, deadline_at = null
      from open o where ${byKey('m', { tenant_id: 'o.tenant_id', id: 'o.id' })}
      returning m.tenant_id, m.id, m.attempt, m.created_at, m.purpose, m.provider),
    tried as (
      insert into message_attempt as a (tenant_id, message_id, attempt, started_at, outcome, error_code, error_detail, ended_at)
      select tenant_id, id, attempt, :now, 'uncertain', 'restored', 'the database was restored: it may have left since', :now from doubted
      on conflict (tenant_id, message_id, attempt) do update set outcome = 'uncertain', error_code = 'restored', ended_at = :now
        where a.outcome = 'sending'),
    counted as (${stateDelta('doubted', "'queued'", "'unknown'")})
    select id from doubted`,
});

// Doubts of before the backup: the receipt that would have settled them may have come after it.
export const restoredClose = statement({
  name: 'message_restored_close',
  owner: 'messages',
  params: {},
  row: { id: c.uuid },
  sql: `update message set resolution = 'closed'
    where tenant_id = :tenant and state = 'unknown' and resolution = 'open' returning id`,
});

// What the restore put in doubt and nobody has settled, a slice at a time, in the order of the ids.
export const restoredSlice = statement({
  name: 'message_restored_slice',
  owner: 'messages',
  params: { after: c.uuid, reason: c.text, now: c.instant, limit: c.int },
  row: { id: c.uuid, expired: c.bool },
  sql: `select id, coalesce(expires_at <= :now, false) as expired from message
    where tenant_id = :tenant and state = 'unknown' and id > :after and reason = :reason order by id limit :limit`,
});

// Asked by a person who decides, and never by a worker: it reads what is in doubt.
export const restoredCount = statement({
  name: 'message_restored_count',
  owner: 'messages',
  params: {},
  row: { in_doubt: c.bigint },
  sql: "select count(*) as in_doubt from message where tenant_id = :tenant and state = 'unknown' and reason = 'restored'",
});
