/** Sales over HTTP: recorded, completed, read. A sale completes whatever becomes of its receipt. */
import { answerWith, type Core, EXAMPLE_ID, identityOf, meetPerson, optInOf, recordOptIn, route } from '#core/index.ts';
import { Fault, invalidField } from '#lib/fault.ts';
import { newId, parsePublicId } from '#lib/id.ts';
import type { Phone } from '#lib/phone.ts';
import { isStorable, Nullable, type Static, Strict, Type } from '#lib/schema.ts';
import { customerOf, example, phoneOf, purchaseOf, SaleBody } from './body.ts';
import { personOf } from './purchase.ts';
import { askReceipt, HOLD_MS, type Sale } from './receipts.ts';
import {
  exampleSale,
  isSameSale,
  type SaidSale,
  SaleAnswer,
  SaleDetailAnswer,
  viewSale,
  viewSaleDetail,
} from './sale-view.ts';
import { saleComplete, saleFind, saleRead, saleRecord } from './statements.ts';

const PATH = '/api/v1/pos/pos-transactions';
const TAG = 'Point of sale';
const IdParams = Strict({ id: Type.String({ description: 'Our id, or the till’s own transaction id' }) });

type Said = SaidSale & { phone: Phone | null };

async function saidSale(core: Core, tenant: string, body: Static<typeof SaleBody>): Promise<Said> {
  const { customer } = body;
  const purchase = purchaseOf(body, core.clock.now());
  if (parsePublicId('sale', purchase.transactionId) !== undefined)
    throw invalidField('transaction_id', 'this has the form of our own ids, by which a sale is found too');
  return {
    purchase,
    dated: body.date !== undefined,
    phone: customer ? await phoneOf(core, tenant, customer) : null,
    customer: customer ? customerOf(customer) : null,
  };
}

/** The parameters of the statement, in its words. */
const toRow = ({ purchase, phone, customer }: Said, contact: string | null, now: number) => ({
  id: newId(),
  transaction: purchase.transactionId,
  store: purchase.storeName,
  contact,
  phone,
  customer,
  items: purchase.items,
  total: purchase.totalMicros,
  currency: purchase.currency,
  payment: purchase.paymentMethod,
  url: purchase.receiptUrl,
  sold_at: purchase.soldAt,
  now,
});

function sameOrFault(sale: Sale, said: SaidSale): Sale {
  if (isSameSale(sale, said)) return sale;
  throw new Fault('conflict', `the sale ${sale.transaction_id} was recorded before and says something else`);
}

async function findSale(core: Core, tenant: string, id: string): Promise<Sale> {
  const ours = parsePublicId('sale', id);
  const found =
    ours !== undefined
      ? await core.db.run(tenant, saleRead, { id: ours })
      : isStorable(id)
        ? await core.db.run(tenant, saleFind, { transaction_id: id })
        : [];
  if (!found[0]) throw new Fault('not_found', 'there is no such sale');
  return found[0];
}

const recordRoute = route({
  method: 'POST',
  path: PATH,
  scope: 'sales:write',
  tag: TAG,
  summary: 'Record a sale',
  description:
    'Keeps the sale under the till’s own transaction id; nothing is sent. Said again, it answers 200 with the same sale, or 409 when it says something else. An `opt_in` of the customer is recorded with it. The phone belongs to a contact, so that erasing that person reaches the sale too.',
  body: SaleBody,
  example,
  answers: {
    201: { description: 'Recorded', schema: SaleAnswer, example: exampleSale },
    200: { description: 'Recorded before', schema: SaleAnswer, example: exampleSale },
  },
  handle: async (core, { tenant, body, claim, actor }) => {
    const said = await saidSale(core, tenant, body);
    const now = core.clock.now();
    return core.db.tx(tenant, async tx => {
      const find = () => tx.run(saleFind, { transaction_id: said.purchase.transactionId });
      const again = (sale: Sale) => answerWith(tx, claim, { status: 200, body: viewSale(sameOrFault(sale, said)) });
      const [known] = await find();
      if (known) return again(known);
      const contactId =
        said.phone === null
          ? null
          : await meetPerson(core, tx, tenant, { identity: identityOf(said.phone), ...personOf(said.customer ?? {}) });
      const [made] = await tx.run(saleRecord, toRow(said, contactId, now));
      // Another till was faster by a moment. A new statement sees what it has committed.
      if (!made) return again((await find())[0]!);
      const optIn = body.customer?.opt_in;
      if (optIn && contactId !== null)
        await recordOptIn(core, tx, tenant, { ...optInOf(optIn, actor), contactId, origin: `POST ${PATH}` });
      return answerWith(tx, claim, { status: 201, body: viewSale(made) });
    });
  },
});

const CompletedAnswer = Type.Object({
  message: Type.String(),
  transaction_id: Type.String(),
  id: Type.String(),
  completed_at: Type.String(),
  whatsapp_receipt: Nullable(
    Type.Object({
      success: Type.Boolean({ description: 'The receipt is on its way, or has arrived' }),
      message_id: Nullable(Type.String({ description: 'Ours: GET /api/v1/messages/{id} says what became of it' })),
      status: Type.String({ description: 'The message’s; `wanted` when it will be asked for again by itself' }),
      reason: Type.Optional(Type.String()),
    }),
  ),
  loyalty_update: Type.Null({ description: 'There are no loyalty points yet' }),
});

const completeRoute = route({
  method: 'POST',
  path: `${PATH}/{id}/complete`,
  scope: 'sales:write',
  tag: TAG,
  summary: 'Complete a sale, with its receipt',
  description:
    'Completes the sale and answers 200 whatever becomes of the receipt. With `send_whatsapp=true` the receipt is wanted in the same commit, then asked for; `whatsapp_receipt` says what came of it. If it could not be asked for, it is `wanted` and the service tries again by itself for a day. Said again, the sale stays complete, and there is one receipt; one that was refused is asked for once more.',
  params: IdParams,
  query: Strict({ send_whatsapp: Type.Optional(Type.Boolean()) }),
  answers: {
    200: {
      description: 'Complete, now or before',
      schema: CompletedAnswer,
      example: {
        message: 'the sale is complete',
        transaction_id: 'T-1001',
        id: exampleSale.id,
        completed_at: '2026-11-21T08:31:00.000Z',
        whatsapp_receipt: { success: true, message_id: EXAMPLE_ID, status: 'queued' },
        loyalty_update: null,
      },
    },
  },
  handle: async (core, { tenant, params, query }) => {
    const { id, status } = await findSale(core, tenant, params.id);
    const want = query.send_whatsapp ?? false;
    // Committed by itself and first. From here on the sale is complete, whatever happens below.
    const [sale] = await core.db.run(tenant, saleComplete, { id, want, now: core.clock.now(), hold_ms: HOLD_MS });
    const receipt = want ? await askReceipt(core, tenant, sale!) : null;
    return {
      status: 200,
      body: {
        message: status === 'open' ? 'the sale is complete' : 'the sale was complete before',
        ...completedView(sale!),
        whatsapp_receipt: receipt,
        loyalty_update: null,
      },
    };
  },
});

function completedView(sale: Sale) {
  const { id, transaction_id, completed_at } = viewSale(sale);
  return { transaction_id, id, completed_at };
}

const readRoute = route({
  method: 'GET',
  path: `${PATH}/{id}`,
  scope: 'sales:read',
  tag: TAG,
  summary: 'Read one sale',
  description: 'With its items, its customer and its receipt. Of a customer who was erased nothing is left.',
  params: IdParams,
  answers: {
    200: {
      description: 'The sale',
      schema: SaleDetailAnswer,
      example: {
        ...exampleSale,
        customer: { phone: '+40712345678', name: 'Ana Pop', customer_id: null, locale: 'ro' },
        items: [{ name: 'Espresso', quantity: 2, price: { amount_micros: 9_500_000 } }],
        receipt_url: null,
      },
    },
  },
  handle: async (core, { tenant, params }) => ({
    status: 200,
    body: viewSaleDetail(await findSale(core, tenant, params.id)),
  }),
});

export const saleRoutes = [recordRoute, completeRoute, readRoute];
