/** What is done to a template at its provider: taken away, lifted out of a pause, approved in a sandbox. */
import { DAY_MS, iso } from '#lib/clock.ts';
import { Fault } from '#lib/fault.ts';
import { publicId } from '#lib/id.ts';
import type { Core } from '../context.ts';
import { templateWaiting } from '../messages/read-statements.ts';
import type { TemplateAdmin, TemplateAnswer, TemplateKey } from '../provider.ts';
import type { RouteAnswer } from '../route.ts';
import { readTemplate } from './handlers.ts';
import { type TemplateRow, templateDesk, toFault } from './service.ts';
import { templateLift, templateThere } from './standing-statements.ts';
import { templateDelete } from './statements.ts';
import { viewTemplate } from './view.ts';

/** The platform keeps the name of an approved template that was deleted for so long. */
const NAME_BLOCKED_MS = 30 * DAY_MS;

type Work = (
  admin: TemplateAdmin,
  key: TemplateKey,
  desk: Awaited<ReturnType<typeof templateDesk>>,
) => Promise<TemplateAnswer>;

const neverHandedIn = ({ name, language, status }: TemplateRow): string =>
  `${name} (${language}) was never handed in: it is ${status}`;

/** What never was at the provider can't be changed there, and a provider may not offer it at all. */
async function ask(core: Core, tenant: string, row: TemplateRow, work: Work): Promise<void> {
  const desk = await templateDesk(core, tenant);
  const admin = desk.provider.templateAdmin;
  if (!admin) throw new Fault('conflict', 'the provider of this sender does not offer that for templates');
  const { provider_template_id: id, name, language } = row;
  if (id === null) throw new Fault('conflict', neverHandedIn(row));
  const answer = await work(admin, { providerTemplateId: id, name, language }, desk);
  if (answer.kind !== 'done') throw toFault(answer);
}

/**
 * Refused while messages wait for it: they were admitted with this text and would be refused one by one at the gate.
 * What was admitted between the two looks meets `template_missing` there.
 */
export async function deleteTemplate(core: Core, tenant: string, text: string): Promise<RouteAnswer> {
  const row = await readTemplate(core, tenant, text);
  const { name, language, status } = row;
  const [{ waiting } = { waiting: 0 }] = await core.db.run(tenant, templateWaiting, { template: row.id, limit: 1_000 });
  if (waiting > 0) {
    const many =
      waiting === 1_000 ? '1,000 or more messages wait' : `${waiting} message${waiting === 1 ? ' waits' : 's wait'}`;
    throw new Fault('conflict', `${many} for ${name} (${language}): cancel them, or let them go out or expire first`);
  }
  const there = row.provider_template_id !== null;
  // There first: if that fails, ours still says what it is.
  if (there) await ask(core, tenant, row, (admin, key, { sender }) => admin.remove(key, sender, core.wire));
  await core.db.run(tenant, templateDelete, { id: row.id });
  const blocked = there && ['approved', 'paused'].includes(status);
  return {
    status: 200,
    body: {
      id: publicId('template', row.id),
      name,
      language,
      deleted: true,
      at_provider: there,
      name_blocked_until: blocked ? iso(core.clock.now() + NAME_BLOCKED_MS) : null,
      note: blocked
        ? `WhatsApp keeps the name of an approved template for 30 days: until then ${name} can’t be made again in this language`
        : null,
    },
  };
}

export async function unpauseTemplate(core: Core, tenant: string, text: string): Promise<RouteAnswer> {
  const row = await readTemplate(core, tenant, text);
  if (row.status !== 'paused')
    throw new Fault('conflict', `the template is ${row.status}: only a paused one can be unpaused`);
  return lift(core, tenant, row, (admin, key, { sender }) => admin.unpause(key, sender, core.wire));
}

/** Only where we stand on the platform's side too; a program that could approve by itself would prove nothing. */
export async function approveTemplate(core: Core, tenant: string, text: string): Promise<RouteAnswer> {
  const row = await readTemplate(core, tenant, text);
  const { sender } = await templateDesk(core, tenant);
  if (sender.account['sandbox'] !== 'yes') throw new Fault('approval_is_metas');
  return lift(core, tenant, row, (admin, key) => admin.approve(key, sender, core.wire));
}

/**
 * Without waiting for the webhook, which says the same: what is held for this template goes on with the next look. The
 * provider lifts the text that it has; another one that stands here since then is not approved by that.
 */
async function lift(core: Core, tenant: string, row: TemplateRow, work: Work): Promise<RouteAnswer> {
  const { id, name, language, status } = row;
  const [there] = await core.db.run(tenant, templateThere, { id });
  if (!there)
    throw new Fault(
      'conflict',
      row.provider_template_id === null
        ? neverHandedIn(row)
        : `${name} (${language}) was changed since the provider took it: hand the new text in first`,
    );
  await ask(core, tenant, row, work);
  const now = core.clock.now();
  const lifting = { id, form: there.form, was: status, at: now - (now % 1_000), now };
  const [lifted] = await core.db.run(tenant, templateLift, lifting);
  if (!lifted)
    throw new Fault('conflict', `${name} (${language}) was changed while the provider was asked: look at it again`);
  core.wake('messages');
  return { status: 200, body: viewTemplate(lifted) };
}
