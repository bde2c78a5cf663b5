/** Texts that may be an opt-out: a person decides. */
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';

// One for each message, however often its webhook is replayed.
export const doubtStore = statement({
  name: 'possible_opt_out_store',
  owner: 'inbox',
  params: { id: c.uuid, contact: c.uuid, inbound: c.text, text: c.text, at: c.instant },
  row: {},
  sql: `insert into possible_opt_out (tenant_id, id, contact_id, inbound, text, said_at)
    values (:tenant, :id, :contact, :inbound, :text, :at) on conflict (tenant_id, inbound) do nothing`,
});

const row = {
  id: c.uuid,
  contact_id: c.uuid,
  text: c.text,
  said_at: c.instant,
  decision: c.maybe(c.text),
  decided_at: c.maybe(c.instant),
  decided_by: c.maybe(c.text),
};
const COLUMNS = 'id, contact_id, text, said_at, decision, decided_at, decided_by';

// The undecided ones first come first; the decided ones are shown when asked for.
export const doubtList = statement({
  name: 'possible_opt_out_list',
  owner: 'inbox',
  params: { decided: c.bool, after: c.uuid, limit: c.int },
  row,
  sql: `select ${COLUMNS} from possible_opt_out
    where tenant_id = :tenant and (decision is not null) = :decided and id > :after order by id limit :limit`,
});

// Of two people who decide, the first one does.
export const doubtDecide = statement({
  name: 'possible_opt_out_decide',
  owner: 'inbox',
  params: { id: c.uuid, decision: c.text, by: c.text, now: c.instant },
  row,
  sql: `update possible_opt_out set decision = :decision, decided_by = :by, decided_at = :now
    where tenant_id = :tenant and id = :id and decision is null returning ${COLUMNS}`,
});

// Whether more of a person's texts wait to be read, and when the latest that was read was written.
export const doubtRest = statement({
  name: 'possible_opt_out_rest',
  owner: 'inbox',
  params: { contact: c.uuid },
  row: { open: c.bigint, latest: c.maybe(c.instant) },
  sql: `select count(*) filter (where decision is null) as open, max(said_at) filter (where decision is not null) as latest
    from possible_opt_out where tenant_id = :tenant and contact_id = :contact`,
});

// What an erased person wrote is not read by anybody any more.
export const doubtErase = statement({
  name: 'possible_opt_out_erase',
  owner: 'inbox',
  params: { contacts: c.list(c.uuid) },
  row: {},
  sql: 'delete from possible_opt_out where tenant_id = :tenant and contact_id = any(:contacts::uuid[])',
});
