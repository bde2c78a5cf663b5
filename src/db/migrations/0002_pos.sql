-- The till: sales as it tells them, and whether the receipt of each is still wanted.

create table pos_sale (
  tenant_id uuid not null,
  id uuid not null,
  -- The till's own number: said again it is the same sale.
  transaction_id text not null,
  store_name text not null,
  -- Who bought, where the till knows it. Without a phone but with a contact: the person was erased.
  contact_id uuid,
  phone text,
  customer jsonb,
  -- [{name, quantity, price_micros}]
  items jsonb not null,
  total_micros bigint not null,
  currency text not null,
  payment_method text not null,
  receipt_url text,
  sold_at timestamptz not null,
  status text not null check (status in ('open', 'completed')),
  created_at timestamptz not null,
  completed_at timestamptz,
  -- `wanted` is written with the completion, so that a crash after it loses no receipt: a tick asks for it then.
  receipt text not null check (receipt in ('wanted', 'none', 'asked', 'refused')),
  -- Machine time: until then somebody is believed to be asking, or the last try is too fresh.
  receipt_not_before timestamptz,
  receipt_tries integer not null,
  receipt_message_id uuid,
  receipt_reason text,
  primary key (tenant_id, id),
  -- The tenant last for once: with it in front this key looked as cheap as the primary one on an empty table, and its
  -- cached plan read every sale of the tenant for each receipt.
  unique (transaction_id, tenant_id),
  -- A number that belongs to no contact is one that an erasure does not reach.
  check (phone is null or contact_id is not null)
);
create index pos_sale_receipt on pos_sale (tenant_id, receipt_not_before) where receipt = 'wanted';
create index pos_sale_contact on pos_sale (contact_id) where contact_id is not null;
create index pos_sale_phone on pos_sale (phone) where phone is not null;

alter table pos_sale enable row level security;
alter table pos_sale force row level security;
-- As in the first migration, which says why it is not `=`.
create policy tenant_rows on pos_sale to tidings_app
  using (tenant_id is not distinct from current_tenant()) with check (tenant_id is not distinct from current_tenant());
create policy worker_rows on pos_sale to tidings_worker using (true);
grant select, insert, update, delete on pos_sale to tidings_app;
grant select (tenant_id, id, receipt, receipt_not_before) on pos_sale to tidings_worker;
