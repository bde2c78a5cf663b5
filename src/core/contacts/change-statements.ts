/** Who is who changes: contacts merge and are taken apart again, numbers move. Each change is a row that says why. */
import { batch, byKey } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';
import type { Identity } from './contact.ts';

// All identities of one contact become another's, and are told so that they can be given back.
export const identityMoveAll = statement({
  name: 'contact_identity_move_all',
  owner: 'contacts',
  params: { old_contact: c.uuid, new_contact: c.uuid },
  row: { kind: c.text, value: c.text },
  sql: `update contact_identity set contact_id = :new_contact
    where contact_id = :old_contact and tenant_id is not distinct from :tenant returning kind, value`,
});

// Named identities become a contact's: those of one contact, or whoever had them.
export const identityGive = statement({
  name: 'contact_identity_give',
  owner: 'contacts',
  params: { old_contact: c.maybe(c.uuid), new_contact: c.uuid, kinds: c.list(c.text), values: c.list(c.text) },
  row: { kind: c.text, value: c.text },
  sql: `update contact_identity ci set contact_id = :new_contact
    from (${batch({ kind: 'kinds text', value: 'values text' })}) i
    where ${byKey('ci', { tenant_id: 'i.tenant_id', kind: 'i.kind', value: 'i.value' })}
      and (:old_contact::uuid is null or ci.contact_id = :old_contact) returning ci.kind, ci.value`,
});

// Identities that a person has no longer: the number may be somebody else's tomorrow.
export const identityEnd = statement({
  name: 'contact_identity_end',
  owner: 'contacts',
  params: { contact: c.uuid, kinds: c.list(c.text), values: c.list(c.text) },
  row: { kind: c.text, value: c.text },
  sql: `delete from contact_identity ci using (${batch({ kind: 'kinds text', value: 'values text' })}) i
    where ${byKey('ci', { tenant_id: 'i.tenant_id', kind: 'i.kind', value: 'i.value' })} and ci.contact_id = :contact
    returning ci.kind, ci.value`,
});

// Until when identities were whose: kept beside the change, for what arrives late.
export const identityPast = statement({
  name: 'contact_identity_past_keep',
  owner: 'contacts',
  params: { contact: c.uuid, kinds: c.list(c.text), values: c.list(c.text), at: c.instant },
  row: {},
  sql: `insert into contact_identity_past (tenant_id, kind, value, ended_at, contact_id)
    select :tenant, kind, value, :at, :contact from (${batch({ kind: 'kinds text', value: 'values text' })}) i
    on conflict do nothing`,
});

// Whose these identities were at a moment, where they have ended since: the end that came next after it says.
export const identityPastFind = statement({
  name: 'contact_identity_past_find',
  owner: 'contacts',
  params: { kinds: c.list(c.text), values: c.list(c.text), ats: c.list(c.instant) },
  row: { kind: c.text, value: c.text, at: c.instant, contact_id: c.uuid },
  sql: `select i.kind, i.value, i.at, p.contact_id
    from (${batch({ kind: 'kinds text', value: 'values text', at: 'ats timestamptz' })}) i
    cross join lateral (select contact_id from contact_identity_past
      where tenant_id = :tenant and kind = i.kind and value = i.value and ended_at >= i.at order by ended_at limit 1) p`,
});

// The platform's event was applied before.
export const changeKnown = statement({
  name: 'contact_change_known',
  owner: 'contacts',
  params: { event: c.text },
  row: { id: c.uuid },
  sql: 'select id from contact_change where tenant_id = :tenant and event = :event',
});

// The country goes with the number, since it decides which rules hold. A zone was told of somebody in the old country: of
// the new one it would keep quiet hours at the wrong time of day, and nothing would ever replace it. So it goes, the country's
// own holds, and whoever knows better says it with the next message.
export const contactMoved = statement({
  name: 'contact_moved',
  owner: 'contacts',
  params: { id: c.uuid, country: c.text },
  row: {},
  sql: `update contact set country = :country, zone = case when country is distinct from :country then null else zone end
    where tenant_id = :tenant and id = :id`,
});

// A contact says which one it turned out to be, or no longer.
export const contactMergedInto = statement({
  name: 'contact_merged_into',
  owner: 'contacts',
  params: { id: c.uuid, into: c.maybe(c.uuid) },
  row: {},
  // Only of a contact that stands for itself, and only back to that: a chain of merges would lose its middle.
  sql: `update contact set merged_into = :into
    where tenant_id = :tenant and id = :id and (merged_into is null) <> (:into::uuid is null)`,
});

// The contacts that turned out to be this one, itself among them: its ledger is all of theirs.
export const contactFamily = statement({
  name: 'contact_family',
  owner: 'contacts',
  params: { id: c.uuid },
  row: { id: c.uuid },
  sql: `with recursive family as (
      select id from contact where tenant_id = :tenant and id = :id
      union select o.id from family f join contact o on o.tenant_id = :tenant and o.merged_into = f.id)
    select id from family order by id`,
});

// The reason stands beside the change, for whoever asks later why two people are one.
export const changeStore = statement({
  name: 'contact_change_store',
  owner: 'contacts',
  params: {
    id: c.uuid,
    contact: c.uuid,
    change: c.text,
    other: c.maybe(c.uuid),
    reason: c.text,
    identities: c.json<Identity[]>(),
    actor: c.text,
    /** The platform's event, which happens once however often it is told. */
    event: c.maybe(c.text),
    at: c.instant,
    recorded_at: c.instant,
  },
  row: { id: c.uuid },
  sql: `insert into contact_change (tenant_id, id, contact_id, change, other_id, reason, identities, actor, event, at, recorded_at)
    values (:tenant, :id, :contact, :change, :other, :reason, :identities, :actor, :event, :at, :recorded_at)
    on conflict (tenant_id, event) do nothing returning id`,
});

const changeRow = {
  id: c.uuid,
  contact_id: c.uuid,
  change: c.text,
  other_id: c.maybe(c.uuid),
  reason: c.text,
  identities: c.json<Identity[]>(),
  actor: c.text,
  at: c.instant,
  recorded_at: c.instant,
  undone_at: c.maybe(c.instant),
};
// Named and no `*`: a column that a migration adds must not come out of a statement that does not declare it.
const CHANGE = 'id, contact_id, change, other_id, reason, identities, actor, at, recorded_at, undone_at';

// What changed about one contact, the newest first.
export const changeList = statement({
  name: 'contact_change_list',
  owner: 'contacts',
  params: { contact: c.uuid },
  row: changeRow,
  sql: `select ${CHANGE} from contact_change where tenant_id = :tenant and contact_id = :contact order by id desc limit 200`,
});

// A merge can be undone once: of two who try, one finds nothing.
export const changeUndo = statement({
  name: 'contact_change_undo',
  owner: 'contacts',
  params: { id: c.uuid, now: c.instant },
  row: changeRow,
  sql: `update contact_change set undone_at = :now
    where tenant_id = :tenant and id = :id and undone_at is null and change = 'merge' returning ${CHANGE}`,
});
