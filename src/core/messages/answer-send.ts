/** A send as routes answer it: the same for every route that sends, in the core and in the verticals. */
import { EXAMPLE_ID, exampleDecision, SendAnswer } from '../answers.ts';
import type { Core } from '../context.ts';
import type { IdempotencyClaim } from '../idempotency.ts';
import type { RouteAnswer } from '../route.ts';
import type { Admission, SendCommand } from './command.ts';
import { answerAdmission } from './view.ts';

/** What a route that sends may answer, for its place in the document. */
export const sendAnswers = {
  202: {
    description: 'Queued, for now or for later',
    schema: SendAnswer,
    example: { message_id: EXAMPLE_ID, status: 'queued', duplicate: false, decision: exampleDecision },
  },
  200: {
    description: 'A duplicate, a refusal or a dry run',
    schema: SendAnswer,
    example: { message_id: EXAMPLE_ID, status: 'delivered', duplicate: true },
  },
};

/**
 * Sends, and answers what became of it. Under an Idempotency-Key the answer is stored with the message, in its
 * transaction; of a dry run, which writes nothing, by http/.
 */
export async function answerSend(
  core: Pick<Core, 'send'>,
  tenant: string,
  command: SendCommand,
  claim: IdempotencyClaim | undefined,
  answer: (admission: Admission) => { status: number; body: unknown } = answerAdmission,
): Promise<RouteAnswer> {
  const admission = await core.send(tenant, claim ? { ...command, claim: { ...claim, answer } } : command);
  return { ...answer(admission), stored: claim !== undefined && admission.kind !== 'dry' };
}
