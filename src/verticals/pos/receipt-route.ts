/** `POST /api/v1/whatsapp/integration/pos/receipt`: a receipt of a sale that the till keeps itself. */
import { answerSend, optInOf, route, sendAnswers } from '#core/index.ts';
import { customerOf, example, phoneOf, purchaseOf, ReceiptBody } from './body.ts';
import { receiptCommand } from './purchase.ts';

const PATH = '/api/v1/whatsapp/integration/pos/receipt';

export const receiptRoute = route({
  method: 'POST',
  path: PATH,
  scope: 'messages:send',
  sheds: true,
  tag: 'Point of sale',
  summary: 'Send a receipt on WhatsApp',
  description:
    'Queues one receipt for each transaction and person, by the approved template of the purpose `receipt`. Said again, it answers 200 with `duplicate: true` and the same message; when the policy says no, it answers 200 with `status: "refused"` and the reason. The total is shown as it is given. With `dry_run: true` nothing is stored and the text is shown.',
  body: ReceiptBody,
  example,
  answers: sendAnswers,
  handle: async (core, { tenant, body, claim, actor }) => {
    const purchase = purchaseOf(body, core.clock.now());
    const { customer } = body;
    const to = await phoneOf(core, tenant, customer);
    // The store's clock on the wall, which is the business's: a till tells an instant and not what its clock showed.
    const { zone } = (await core.settings.of(core.db, tenant)).policy;
    const command = {
      ...receiptCommand(purchase, customerOf(customer), { to, zone, origin: `POST ${PATH}` }),
      dryRun: body.dry_run ?? false,
      ...(customer.opt_in ? { optIn: optInOf(customer.opt_in, actor) } : {}),
    };
    return answerSend(core, tenant, command, claim);
  },
});
