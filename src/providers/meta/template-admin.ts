/** The list of all templates, and what is done to one of them beside handing it in. */
import type {
  ProviderTemplate,
  SenderAccess,
  TemplateAdmin,
  TemplateAnswer,
  Wire,
  WireAnswer,
} from '#core/provider.ts';
import { fromComponents } from './components.ts';
import { call, readError, readJson } from './graph.ts';
import { refusalOf } from './refusals.ts';
import { toStatus } from './templates.ts';
import { type Json, object, objects, string } from './values.ts';

const FIELDS = 'id,name,language,status,category,components,parameter_format,quality_score,rejected_reason';
/** With their components a hundred can be half a mebibyte, and answers are read up to one. */
const PAGE = 50;
/** Twice what an account may have. */
const MOST_PAGES = 240;
const BAD_CURSOR = 131059;
/** Of a template that is not there; what was to be taken away is away. */
const NOT_FOUND = 2593002;

const accountOf = (sender: SenderAccess): string => `${sender.account['business_account_id']}/message_templates`;

export const templateAdmin: TemplateAdmin = {
  async list(sender, wire) {
    const found = new Map<string, ProviderTemplate>();
    let after: string | undefined;
    let restarts = 0;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const query = new URLSearchParams({ fields: FIELDS, limit: String(PAGE), ...(after ? { after } : {}) });
      const answer = await call(wire, sender, `${accountOf(sender)}?${query}`);
      if (answer.kind !== 'answer') return { kind: 'unavailable', detail: answer.detail };
      const error = readError(answer.body);
      if (error?.code === BAD_CURSOR && after !== undefined && restarts === 0) {
        // Cursors die when templates are deleted meanwhile. Read from the beginning nothing is lost, only read twice.
        after = undefined;
        restarts += 1;
        continue;
      }
      const body = readJson(answer.body);
      if (answer.status !== 200 || !Array.isArray(body?.['data']))
        return { kind: 'unavailable', detail: `HTTP ${answer.status}${error ? `, code ${error.code}` : ''}` };
      // By id: what a second reading meets again is the same template.
      for (const item of objects(body['data'])) {
        const template = readListed(item);
        if (template) found.set(template.providerTemplateId, template);
      }
      const paging = object(body['paging']);
      after = paging?.['next'] === undefined ? undefined : string(object(paging['cursors'])?.['after']);
      if (after === undefined) return { kind: 'listed', templates: [...found.values()] };
    }
    return { kind: 'unavailable', detail: 'the list of templates has no end' };
  },

  async remove({ providerTemplateId, name }, sender, wire) {
    // Without the id every language of the name would go.
    const query = new URLSearchParams({ hsm_id: providerTemplateId, name });
    const answer = await call(wire, sender, `${accountOf(sender)}?${query}`, undefined, 'DELETE');
    return readDone(answer, [NOT_FOUND]);
  },

  unpause: async ({ providerTemplateId }, sender, wire) =>
    readDone(await call(wire, sender, `${providerTemplateId}/unpause`, {})),

  // Beside the emulated platform stand its controls; a real one has no such address.
  approve: ({ name, language }, sender, wire) => approveInSandbox(name, language, sender, wire),
};

async function approveInSandbox(
  name: string,
  language: string,
  sender: SenderAccess,
  wire: Wire,
): Promise<TemplateAnswer> {
  const url = new URL(`/_sandbox/templates/${name}/review`, sender.account['base_url']).href;
  const body = JSON.stringify({ status: 'APPROVED', language });
  return readDone(await wire.request({ method: 'POST', url, headers: { 'content-type': 'application/json' }, body }));
}

/** `fine`: noes that mean that it is done already. */
function readDone(answer: WireAnswer, fine: readonly number[] = []): TemplateAnswer {
  if (answer.kind !== 'answer') return { kind: 'unavailable', detail: answer.detail };
  if (answer.status >= 200 && answer.status < 300) return { kind: 'done' };
  const error = readError(answer.body);
  return error?.subcode !== undefined && fine.includes(error.subcode)
    ? { kind: 'done' }
    : refusalOf(error, answer.status);
}

/** A standing of which we know nothing is none that messages may be sent in. */
function readListed(item: Json): ProviderTemplate | undefined {
  const [id, name, language] = [string(item['id']), string(item['name']), string(item['language'])];
  if (!id || !name || !language) return undefined;
  const category = string(item['category']) ?? 'UTILITY';
  const positional = string(item['parameter_format'])?.toUpperCase() !== 'NAMED';
  const { parts, authentication, samples, unknown } = fromComponents(item['components'], positional, category);
  // NONE and UNKNOWN are its words for nothing.
  const reason = string(item['rejected_reason']);
  const quality = string(object(item['quality_score'])?.['score']);
  return {
    providerTemplateId: id,
    name,
    language,
    status: toStatus(string(item['status']) ?? '') ?? 'disabled',
    ...(reason && reason !== 'NONE' ? { reason } : {}),
    category,
    ...(quality && quality !== 'UNKNOWN' ? { quality } : {}),
    parts,
    authentication,
    positional,
    samples,
    unknown,
  };
}
