/** `POST /api/v1/whatsapp/integration/pos/receipt`: a receipt of a sale that the till keeps itself. */
import { answerAdmission, EXAMPLE_ID, exampleDecision, optInOf, route, SendAnswer } from '#core/index.ts';
import { customerOf, example, phoneOf, purchaseOf, ReceiptBody } from './body.ts';
import { receiptCommand } from './purchase.ts';

const PATH = '/api/v1/whatsapp/integration/pos/receipt';

export const receiptRoute = route({
  method: 'POST',
  path: PATH,
  scope: 'messages:send',
  tag: 'Point of sale',
  summary: 'Send a receipt on WhatsApp',
  description:
    'Queues one receipt for each transaction and person, by the approved template of the purpose `receipt`. Said again, it answers 200 with `duplicate: true` and the same message; when the policy says no, it answers 200 with `status: "refused"` and the reason. The total is shown as it is given. With `dry_run: true` nothing is stored and the text is shown.',
  body: ReceiptBody,
  example,
  answers: {
    202: {
      description: 'Queued',
      schema: SendAnswer,
      example: { message_id: EXAMPLE_ID, status: 'queued', duplicate: false, decision: exampleDecision },
    },
    200: {
      description: 'A duplicate, a refusal or a dry run',
      schema: SendAnswer,
      example: { message_id: EXAMPLE_ID, status: 'delivered', duplicate: true },
    },
  },
  handle: async (core, { tenant, body, claim, actor }) => {
    const purchase = purchaseOf(body, core.clock.now());
    const { customer } = body;
    const to = await phoneOf(core, tenant, customer);
    // The store's clock on the wall, which is the business's: a till tells an instant and not what its clock showed.
    const { zone } = (await core.settings.of(core.db, tenant)).policy;
    const admission = await core.send(tenant, {
      ...receiptCommand(purchase, customerOf(customer), { to, zone, origin: `POST ${PATH}` }),
      dryRun: body.dry_run ?? false,
      ...(customer.opt_in ? { optIn: optInOf(customer.opt_in, actor) } : {}),
      ...(claim ? { claim: { ...claim, answer: answerAdmission } } : {}),
    });
    return { ...answerAdmission(admission), stored: claim !== undefined && admission.kind !== 'dry' };
  },
});
