/** The double opt-in as a caller sees it: asked, or refused with the reason, and what holds meanwhile. */
import { alone } from '#db/db.ts';
import { iso } from '#lib/clock.ts';
import { invalidField } from '#lib/fault.ts';
import { publicId } from '#lib/id.ts';
import type { Phone } from '#lib/phone.ts';
import type { Core } from '../context.ts';
import type { RouteAnswer } from '../route.ts';
import { openQuestion, type Question, questionCommand } from './double-opt-in.ts';
import { requestSent, requestVoid } from './double-opt-in-statements.ts';
import { readStanding } from './service.ts';
import { viewBoth } from './view.ts';

export interface AskTwice extends Omit<Question, 'text'> {
  phone: Phone;
  status: string;
  text: string | undefined;
  template: string | undefined;
  variables: Record<string, string>;
}

export async function askTwice(core: Core, tenant: string, asked: AskTwice): Promise<RouteAnswer> {
  const { phone, status, text, contactId } = asked;
  if (status !== 'opt_in') throw invalidField('double_opt_in', 'an opt-out needs no second word: it holds at once');
  if (text === undefined) throw invalidField('text', 'say what the person was shown: their YES will agree to it');
  const asking = { ...asked, text };
  let { admission, id, expiresAt } = await ask(core, tenant, asking);
  const came = admission.kind === 'duplicate' ? admission.status : undefined;
  // Its message came to nothing, so nobody was asked: then it is another question.
  if (came === 'failed' || came === 'dead') {
    await core.db.run(tenant, requestVoid, { id });
    ({ admission, id, expiresAt } = await ask(core, tenant, asking));
  }
  const refused = admission.kind === 'refused';
  if (refused) await core.db.run(tenant, requestVoid, { id });
  else await core.db.run(tenant, requestSent, { id, message: admission.messageId });
  return {
    status: 200,
    body: {
      contact_id: publicId('contact', contactId),
      phone,
      consents: viewBoth(await readStanding(alone(core.db, tenant), contactId)),
      double_opt_in: {
        status: refused ? 'refused' : 'asked',
        message_id: publicId('message', admission.messageId),
        reason: admission.kind === 'refused' ? admission.reason : null,
        expires_at: iso(expiresAt),
      },
    },
  };
}

async function ask(core: Core, tenant: string, asked: Question & Pick<AskTwice, 'phone' | 'template' | 'variables'>) {
  const { phone, template, variables, locale } = asked;
  const { id, expiresAt } = await core.db.tx(tenant, tx => openQuestion(core, tx, tenant, asked));
  const admission = await core.send(tenant, questionCommand(phone, id, { template, language: locale, variables }));
  if (admission.kind === 'dry') throw new Error('a question is never a dry run');
  return { admission, id, expiresAt };
}
