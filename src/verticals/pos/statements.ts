/** Sales: recorded once, completed once, and a receipt that is wanted until somebody has asked for it. */
import { byKey } from '#db/batch.ts';
import * as c from '#db/column.ts';
import { statement } from '#db/statement.ts';
import type { Customer, Item } from './purchase.ts';

export const saleRow = {
  id: c.uuid,
  transaction_id: c.text,
  store_name: c.text,
  contact_id: c.maybe(c.uuid),
  phone: c.maybe(c.text),
  customer: c.maybe(c.json<Customer>()),
  items: c.json<readonly Item[]>(),
  total_micros: c.bigint,
  currency: c.text,
  payment_method: c.text,
  receipt_url: c.maybe(c.text),
  sold_at: c.instant,
  status: c.text,
  created_at: c.instant,
  completed_at: c.maybe(c.instant),
  receipt: c.text,
  receipt_tries: c.int,
  receipt_message_id: c.maybe(c.uuid),
  receipt_reason: c.maybe(c.text),
};
const SALE = Object.keys(saleRow).join(', ');

// Of two tills that say the same sale at once one records it; the other gets no row, and reads the first one's.
export const saleRecord = statement({
  name: 'sale_record',
  owner: 'pos',
  params: {
    id: c.uuid,
    transaction: c.text,
    store: c.text,
    contact: c.maybe(c.uuid),
    phone: c.maybe(c.text),
    customer: c.maybe(c.json<Customer>()),
    items: c.json<readonly Item[]>(),
    total: c.bigint,
    currency: c.text,
    payment: c.text,
    url: c.maybe(c.text),
    sold_at: c.instant,
    now: c.instant,
  },
  row: saleRow,
  sql: `insert into pos_sale (tenant_id, id, transaction_id, store_name, contact_id, phone, customer, items, total_micros, currency,
      payment_method, receipt_url, sold_at, status, created_at, receipt, receipt_tries)
    values (:tenant, :id, :transaction, :store, :contact, :phone, :customer, :items, :total, :currency,
      :payment, :url, :sold_at, 'open', :now, 'none', 0)
    on conflict (tenant_id, transaction_id) do nothing returning ${SALE}`,
});

// By our id.
export const saleRead = statement({
  name: 'sale_read',
  owner: 'pos',
  params: { id: c.uuid },
  row: saleRow,
  sql: `select ${SALE} from pos_sale where tenant_id = :tenant and id = :id`,
});

// By the till's.
export const saleFind = statement({
  name: 'sale_find',
  owner: 'pos',
  params: { transaction_id: c.text },
  row: saleRow,
  sql: `select ${SALE} from pos_sale where tenant_id = :tenant and transaction_id = :transaction_id`,
});

// Completes a sale and, in the same commit, wants its receipt: there is no moment in which one is known and not the
// other. Said again it keeps the first instant. A receipt that was refused is wanted again, one that was asked for is not.
export const saleComplete = statement({
  name: 'sale_complete',
  owner: 'pos',
  params: { id: c.uuid, want: c.bool, now: c.instant, hold_ms: c.int },
  row: saleRow,
  sql: `update pos_sale set status = 'completed', completed_at = coalesce(completed_at, :now),
      receipt = case when :want and phone is not null and receipt in ('none', 'refused') then 'wanted' else receipt end,
      receipt_not_before = case when :want and phone is not null and receipt in ('none', 'refused')
        then clock_timestamp() + :hold_ms::integer * interval '1 millisecond' else receipt_not_before end
    where tenant_id = :tenant and id = :id returning ${SALE}`,
});

// Takes wanted receipts whose time has come, and holds them for as long as asking lasts; another process takes others.
// Whoever dies with them leaves them wanted.
export const saleReceiptClaim = statement({
  name: 'sale_receipt_claim',
  owner: 'pos',
  params: { limit: c.int, hold_ms: c.int },
  row: saleRow,
  sql: `with due as materialized (
      select tenant_id, id from pos_sale
      where tenant_id = :tenant and receipt = 'wanted' and receipt_not_before <= clock_timestamp()
      order by receipt_not_before limit :limit for update skip locked)
    update pos_sale s set receipt_tries = s.receipt_tries + 1,
      receipt_not_before = clock_timestamp() + :hold_ms::integer * interval '1 millisecond'
    from due where ${byKey('s', { tenant_id: 'due.tenant_id', id: 'due.id' })} returning ${SALE.replaceAll(/\w+/g, 's.$&')}`,
});

// What became of the asking. A late refusal takes nothing back from whoever was told yes in the same moment.
export const saleReceiptSettle = statement({
  name: 'sale_receipt_settle',
  owner: 'pos',
  params: { id: c.uuid, receipt: c.text, message: c.maybe(c.uuid), reason: c.maybe(c.text) },
  row: {},
  sql: `update pos_sale set receipt = :receipt, receipt_message_id = :message, receipt_reason = :reason
    where tenant_id = :tenant and id = :id and (receipt <> 'asked' or :receipt = 'asked')`,
});

// It could not be asked for: still wanted, a little later.
export const saleReceiptDelay = statement({
  name: 'sale_receipt_delay',
  owner: 'pos',
  params: { id: c.uuid, delay_ms: c.int, reason: c.text },
  row: {},
  sql: `update pos_sale set receipt_reason = :reason,
      receipt_not_before = clock_timestamp() + :delay_ms::integer * interval '1 millisecond'
    where tenant_id = :tenant and id = :id and receipt = 'wanted'`,
});

// Who bought goes, and what they bought; the number, the store and the sum stay for the books. By the number too: a
// merge that was taken back may have left a sale with the other contact.
export const saleErase = statement({
  name: 'sale_erase',
  owner: 'pos',
  params: { contacts: c.list(c.uuid), phones: c.list(c.text) },
  row: { id: c.uuid },
  sql: `update pos_sale set phone = null, customer = null, items = '[]', receipt_url = null,
      receipt = case receipt when 'wanted' then 'none' else receipt end
    where tenant_id = :tenant and id in (
      select id from pos_sale where contact_id = any(:contacts::uuid[]) and tenant_id is not distinct from :tenant
      union all select id from pos_sale where phone = any(:phones::text[]) and tenant_id is not distinct from :tenant)
    returning id`,
});
