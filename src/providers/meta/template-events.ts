/** What the platform tells of a template, by what the value holds: its own example names one of them by another field. */
import type { ProviderEvent, TemplateChange, TemplateParts } from '#core/provider.ts';
import { fromButton, named } from './components.ts';
import { toStatus } from './templates.ts';
import { type Json, object, objects, readTimestamp, string } from './values.ts';

export const isTemplateField = (field: string): boolean =>
  field.startsWith('message_template_') || field === 'template_category_update';

/** One event for each word. What says nothing that we act on is ignored by its name, never by its absence. */
export function readTemplate(field: string, value: Json, at: number | undefined): ProviderEvent[] {
  const base: TemplateChange = {
    kind: 'template',
    providerTemplateId: string(value['message_template_id']) ?? '',
    name: string(value['message_template_name']) ?? '',
    language: string(value['message_template_language']) ?? '',
    at,
  };
  const quality = string(value['new_quality_score']);
  if (quality !== undefined) return [{ ...base, quality }];
  const category = readCategory(value);
  if (category) return [{ ...base, category }];
  const body = string(value['message_template_element']);
  if (body !== undefined) return [{ ...base, parts: readParts(value, body) }];
  const event = string(value['event'])?.toUpperCase() ?? '';
  const status = toStatus(event);
  if (!status) return [{ kind: 'ignored', what: event === '' ? field : `${field} ${event}` }];
  const reason = reasonOf(event, value);
  return [{ ...base, status, ...(reason ? { reason } : {}) }];
}

/** While a change is announced, `new_category` is the one that the template still has. */
function readCategory(value: Json): TemplateChange['category'] | undefined {
  const [to, next] = [string(value['new_category']), string(value['correct_category'])];
  if (to === undefined) return undefined;
  if (next !== undefined)
    return { to: next, kind: 'announced', announcedFor: readTimestamp(value['category_update_timestamp']) };
  return { to, kind: 'done' };
}

/** Everything that says why, from wherever the platform put it; an event that is not a plain standing names itself. */
function reasonOf(event: string, value: Json): string | undefined {
  // That it may be sent again (UNPAUSE) is no complaint.
  const other = event === 'APPROVED' ? undefined : object(value['other_info']);
  const rejection = object(value['rejection_info']);
  const told = string(value['reason']);
  const date = readTimestamp(object(value['disable_info'])?.['disable_date']);
  const words = [
    PLAIN.has(event) ? undefined : event,
    told === 'NONE' ? undefined : told,
    string(other?.['title']),
    string(rejection?.['reason']),
    string(other?.['description']),
    string(rejection?.['recommendation']),
    date === undefined ? undefined : `since second ${Math.floor(date / 1_000)}`,
  ];
  const found = [...new Set(words.filter(word => word !== undefined && word !== ''))];
  return found.length > 0 ? found.join(': ').slice(0, 300) : undefined;
}

/** Their names say all there is; FLAGGED or ARCHIVED, which become one of these, are told with the reason. */
const PLAIN = new Set(['APPROVED', 'PENDING', 'REJECTED', 'PAUSED', 'DISABLED']);

function readParts(value: Json, body: string): TemplateParts {
  const title = string(value['message_template_title']);
  // Another spelling than in the list of templates: every name has a prefix.
  const buttons = value['message_template_buttons'];
  const read = objects(buttons).map((button, index) =>
    fromButton(
      {
        type: button['message_template_button_type'],
        text: button['message_template_button_text'],
        url: button['message_template_button_url'],
        phone_number: button['message_template_button_phone_number'],
      },
      index,
    ),
  );
  return {
    // Without a title the header may be a file, of which nothing is said here.
    header: title === undefined ? null : named(title, 'h'),
    body: named(body, 'v'),
    footer: string(value['message_template_footer']) ?? null,
    buttons: read.filter(button => typeof button !== 'string'),
  };
}
