/** `/{waba}/message_templates` and `/{template}`: create, list, look at, edit, delete. */
import type { EmulatorAccount, EmulatorAnswer, EmulatorWorld } from '#core/emulation.ts';
import { type Fields, string } from './fields.ts';
import { graphError, graphJson, parameterError, templateError } from './graph-answers.ts';
import { newTemplateId } from './identity.ts';
import {
  blockedNames,
  keyOf,
  type TemplateDocument,
  templateKey,
  templateShelf,
  templatesOf,
} from './template-document.ts';
import { creationRefusal, editRefusal, editsWith, markCreation } from './template-quota.ts';
import { planReview } from './template-review.ts';
import { headRefusal, readComponents, ttlRefusal } from './template-rules.ts';
import { giveVerdict, settleTemplate } from './template-verdict.ts';

const PAGE_LIMIT = 25;
const EDITABLE = ['APPROVED', 'REJECTED', 'PAUSED'];

/** name and language are the key: the same two a second time are refused, and so is a name that was deleted lately */
export function createTemplate(world: EmulatorWorld, account: EmulatorAccount, body: Fields): EmulatorAnswer {
  const refusal = headRefusal(body) ?? creationRefusal(world, account);
  if (refusal) return refusal;
  const name = body['name'] as string;
  const language = body['language'] as string;
  const category = body['category'] as string;
  const named = string(body['parameter_format'])?.toUpperCase() === 'NAMED';
  const components = readComponents(body['components'], { world, category, named });
  if (!Array.isArray(components)) return components;

  const shelf = templateShelf(world);
  if (shelf.get(templateKey(account.businessAccountId, name, language))) {
    return templateError(
      2388024,
      'Content in This Language Already Exists',
      `There is already ${language} content for this template. You can create a new template and try again.`,
    );
  }
  const blocked = blockedNames(world).get(templateKey(account.businessAccountId, name, language));
  if (blocked && blocked.until > world.now()) {
    return templateError(
      2388023,
      'Message template language is being deleted',
      `New ${language} content for ${name} can't be added while the existing content is being deleted. Try again in 4 weeks or use another name.`,
    );
  }
  const template: TemplateDocument = {
    id: newTemplateId(),
    businessAccountId: account.businessAccountId,
    name,
    language,
    category,
    parameterFormat: named ? 'NAMED' : 'POSITIONAL',
    components,
    status: 'PENDING',
    rejectedReason: 'NONE',
    quality: 'UNKNOWN',
    createdAt: world.now(),
    pauses: 0,
  };
  const ttlSeconds = body['message_send_ttl_seconds'];
  if (typeof ttlSeconds === 'number') template.ttlSeconds = ttlSeconds;
  shelf.put(keyOf(template), template);
  markCreation(world, account);
  planReview(world, account, template);
  return graphJson({ id: template.id, status: template.status, category });
}

/** filters are those that clients use; `name` finds the name itself and no beginning of it */
export function listTemplates(
  world: EmulatorWorld,
  account: EmulatorAccount,
  query: URLSearchParams,
  self: string,
): EmulatorAnswer {
  const wanted = (field: string, value: string) => {
    const asked = query.get(field);
    return asked === null || oneOrMany(asked).includes(value);
  };
  const words = query.get('name_or_content')?.toLowerCase() ?? '';
  const all = templatesOf(world, account).map(template => settleTemplate(world, account, template));
  const found = all.filter(
    template =>
      wanted('name', template.name) &&
      wanted('language', template.language) &&
      wanted('category', template.category) &&
      wanted('status', template.status) &&
      wanted('quality_score', template.quality) &&
      (template.name.includes(words) || textOf(template).includes(words)),
  );
  const after = query.get('after');
  const start = after === null ? 0 : found.findIndex(template => cursorOf(template) === after) + 1;
  if (after !== null && start === 0) return graphError(131059, 'The cursor is not valid: ask again without it');
  const limit = Math.max(1, Math.min(1_000, Number(query.get('limit') ?? PAGE_LIMIT) || PAGE_LIMIT));
  const page = found.slice(start, start + limit);
  const data = page.map(template => showTemplate(template, query.get('fields')));
  if (page.length === 0) return graphJson({ data });

  const cursors = { before: cursorOf(page[0]!), after: cursorOf(page.at(-1)!) };
  if (start + limit >= found.length) return graphJson({ data, paging: { cursors } });
  const next = new URLSearchParams(query);
  next.set('after', cursors.after);
  return graphJson({ data, paging: { cursors, next: `${self}?${next}` } });
}

/** a word, or a JSON list of them: clients send the list as soon as there are two */
function oneOrMany(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [text];
  } catch {
    return [text];
  }
}

const textOf = (template: TemplateDocument): string =>
  template.components
    .map(component => string(component['text']) ?? '')
    .join('\n')
    .toLowerCase();

const DEFAULT_FIELDS = 'name,parameter_format,components,language,status,category,id';

/** the fields that were asked for, or those that Meta shows to whoever asks for none */
export function showTemplate(template: TemplateDocument, wanted: string | null): Fields {
  const known: Fields = {
    id: template.id,
    name: template.name,
    language: template.language,
    category: template.category,
    status: template.status,
    parameter_format: template.parameterFormat,
    components: template.components,
    rejected_reason: template.rejectedReason,
    quality_score: { score: template.quality, date: Math.floor(template.createdAt / 1_000) },
    previous_category: template.previousCategory,
    correct_category: template.correctCategory,
    message_send_ttl_seconds: template.ttlSeconds,
  };
  const shown: Fields = {};
  for (const field of (wanted || DEFAULT_FIELDS).split(',')) {
    const name = field.trim();
    if (known[name] !== undefined) shown[name] = known[name];
  }
  shown['id'] = template.id;
  return shown;
}

/** components are replaced as a whole and reviewed again */
export function editTemplate(
  world: EmulatorWorld,
  account: EmulatorAccount,
  template: TemplateDocument,
  body: Fields,
): EmulatorAnswer {
  if (!EDITABLE.includes(template.status)) {
    return templateError(
      2388039,
      'Template cannot be edited',
      `A template that is ${template.status} cannot be edited.`,
    );
  }
  const tooOften = editRefusal(world, template);
  if (tooOften) return tooOften;
  const category = string(body['category']) ?? template.category;
  if (category !== template.category && template.status === 'APPROVED') {
    return parameterError('The category of an approved template cannot be changed');
  }
  let { components } = template;
  if (body['components'] !== undefined) {
    const read = readComponents(body['components'], { world, category, named: template.parameterFormat === 'NAMED' });
    if (!Array.isArray(read)) return read;
    components = read;
  }
  const ttl = body['message_send_ttl_seconds'];
  const wrongTtl = ttlRefusal(ttl, category);
  if (wrongTtl) return wrongTtl;
  const edited: TemplateDocument = {
    ...template,
    ...(typeof ttl === 'number' ? { ttlSeconds: ttl } : {}),
    ...{ category, components, status: 'PENDING', rejectedReason: 'NONE', edits: editsWith(world, template) },
  };
  templateShelf(world).put(keyOf(edited), edited);
  planReview(world, account, edited);
  return graphJson({ success: true, id: edited.id, name: edited.name, category });
}

/** `name` deletes all its languages, `hsm_id` with it only the one, `hsm_ids` alone up to a hundred of any name */
export function deleteTemplates(
  world: EmulatorWorld,
  account: EmulatorAccount,
  query: URLSearchParams,
): EmulatorAnswer {
  const doomed = doomedTemplates(world, account, query);
  if (!Array.isArray(doomed)) return doomed;
  const disabled = doomed.find(template => template.status === 'DISABLED');
  if (disabled) {
    return templateError(2388032, 'Template cannot be deleted', `${disabled.name} is disabled and cannot be deleted.`);
  }
  for (const template of doomed) {
    templateShelf(world).delete(keyOf(template));
    if (USED.includes(template.status)) blockedNames(world).put(keyOf(template), { until: world.now() + BLOCKED_MS });
  }
  return graphJson({ success: true });
}

function doomedTemplates(
  world: EmulatorWorld,
  account: EmulatorAccount,
  query: URLSearchParams,
): TemplateDocument[] | EmulatorAnswer {
  const [name, id, many] = [query.get('name'), query.get('hsm_id'), query.get('hsm_ids')];
  const all = templatesOf(world, account);
  if (many !== null) {
    const ids = oneOrMany(many).map(String);
    if (name !== null || id !== null) return parameterError('The parameter hsm_ids cannot be combined with others.');
    if (ids.length > BULK_LIMIT) return parameterError(`Param hsm_ids takes at most ${BULK_LIMIT} ids.`);
    const found = all.filter(template => ids.includes(template.id));
    if (found.length === ids.length) return found;
    return templateError(2593002, 'Template not found', 'One of these ids belongs to no template in this account.');
  }
  if (!name) return parameterError('The parameter name is required.');
  const found = all.filter(template => template.name === name && (id === null || template.id === id));
  if (found.length > 0) return found;
  return templateError(2593002, 'Template not found', `There is no template named ${name} in this account.`);
}

const BULK_LIMIT = 100;
/** what may have been sent: people could take another text of its name for the old one */
const USED = ['APPROVED', 'PAUSED'];
const BLOCKED_MS = 30 * 86_400_000;

/** what was paused by pacing stays so until somebody says otherwise */
export function unpauseTemplate(
  world: EmulatorWorld,
  account: EmulatorAccount,
  template: TemplateDocument,
): EmulatorAnswer {
  if (template.status !== 'PAUSED') {
    return templateError(
      2388039,
      'Template is not paused',
      `A template that is ${template.status} cannot be unpaused.`,
    );
  }
  world.sendWebhook(giveVerdict(world, account, template, 'APPROVED'));
  return graphJson({ success: true });
}

/** opaque to clients; it dies with its template, as Meta's do */
function cursorOf(template: TemplateDocument): string {
  return Buffer.from(template.id).toString('base64url');
}
