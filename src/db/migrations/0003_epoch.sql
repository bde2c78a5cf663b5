-- Restored backups are noticed, and nothing is sent from one until a person says so.

-- Which database this is and how far it has lived. Processes keep the same beside them (src/epoch.ts): a database that is
-- behind what they have seen was rewound, one that stands on another server was moved or copied. Machine time.
create table epoch (
  only_row boolean primary key default true check (only_row),
  id uuid not null,
  beat bigint not null default 0,
  beaten_at timestamptz not null default clock_timestamp(),
  system_identifier text not null,
  timeline integer not null
);
insert into epoch (id, system_identifier, timeline)
select gen_random_uuid(), system_identifier::text, ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer
from pg_control_system();
grant select, update on epoch to tidings_worker;

-- Since when nothing of the tenant's is sent, why, and up to when the database knows what was. Machine time.
alter table tenant
  add column held_since timestamptz,
  add column held_because text check (held_because in ('restored', 'rewound', 'moved', 'exchanged')),
  add column restored_to timestamptz;
grant select (held_since) on tenant to tidings_worker;
