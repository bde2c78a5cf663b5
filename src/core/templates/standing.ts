/** What has become of submitted templates, where no webhook tells it: asked, a few at a time. */
import type { Core } from '../context.ts';
import { templateCheckClaim, templateChecked } from './statements.ts';

const MOST_AT_ONCE = 50;

/** One round for one tenant; answers how many templates stand otherwise than before. */
export async function checkTemplates(core: Core, tenant: string): Promise<number> {
  const sender = await core.senders.byDefault(tenant, 'whatsapp');
  const provider = sender && core.providers.get(sender.provider);
  if (!sender || !provider?.readTemplateStanding) return 0;
  let changed = 0;
  // One behind the other: nobody waits for them, and the calls come out of what the sends may use.
  for (const { id, provider_template_id } of await core.db.run(tenant, templateCheckClaim, { limit: MOST_AT_ONCE })) {
    const standing = await provider.readTemplateStanding(provider_template_id, sender, core.wire);
    if (standing.kind === 'unavailable') {
      core.log.warn('a template’s standing could not be read', { tenant, template: id, detail: standing.detail });
      continue;
    }
    const { status, reason } = standing;
    const now = core.clock.now();
    changed += (await core.db.run(tenant, templateChecked, { id, provider_template_id, status, reason, now })).length;
  }
  return changed;
}
