/** Chooses the template and fills it: what a message will say is fixed here, once, before it is judged. Pure. */
import type { Values } from '#db/column.ts';
import type { Intent } from '../policy/decision.ts';
import { problemsOf, type RenderedText, render } from '../templates/render.ts';
import type { templateCandidates } from '../templates/statements.ts';
import { chooseLanguage } from '../templates/template.ts';
import { variableText } from '../templates/values.ts';
import type { AskedTemplate, SendCommand, StoredContent } from './command.ts';

/** `none` where no template was found: the refusal is a row like others, and has no text to show. */
export interface Composed {
  intent: Intent['content'];
  templateId: string | null;
  /** As what the provider will charge it, unless it thinks otherwise by then. */
  category: string | null;
  stored: StoredContent | { kind: 'none' };
  rendered: RenderedText | { text: string } | null;
}

type TemplateRow = Values<typeof templateCandidates.row>;

export function composeContent(
  command: SendCommand,
  person: { locale: string | null; first_name: string | null; last_name: string | null },
  templates: readonly TemplateRow[],
  defaultLanguage: string,
): Composed {
  const { content } = command;
  if (content.kind === 'text') {
    return {
      intent: { kind: 'text' },
      templateId: null,
      category: 'service',
      stored: content,
      rendered: { text: content.text },
    };
  }
  // What was asked for this message, then for this person, then what is known of them. The tenant's own language is
  // last.
  const wanted = content.language ?? command.person?.locale ?? person.locale ?? undefined;
  const template = chooseTemplate(content, command.purpose, templates, wanted, defaultLanguage);
  const asked = content.name ?? `for ${command.purpose}`;
  // Judged like all others, so that the refusal is a row with its trace.
  if (!template) {
    const intent: Intent['content'] = { kind: 'template', asked, template: undefined, missing: [] };
    return { intent, templateId: null, category: null, stored: { kind: 'none' }, rendered: null };
  }
  return { ...fillTemplate(template, namesOf(command, person), command, content, asked), templateId: template.id };
}

/** Named ones must be that one, in whatever standing; unnamed ones prefer what is approved. */
function chooseTemplate(
  content: AskedTemplate,
  purpose: string,
  templates: readonly TemplateRow[],
  wanted: string | undefined,
  fallback: string,
): TemplateRow | undefined {
  if (content.name !== undefined)
    return chooseLanguage(
      templates.filter(template => template.name === content.name),
      wanted,
      fallback,
    );
  const fitting = templates.filter(template => template.purpose === purpose);
  const approved = fitting.filter(template => template.status === 'approved');
  return chooseLanguage(approved.length > 0 ? approved : fitting, wanted, fallback);
}

/** Names that a template may use without being given them. What the caller gives as a variable goes before these. */
function namesOf(
  command: SendCommand,
  person: { first_name: string | null; last_name: string | null },
): Record<string, string> {
  const first = command.person?.firstName ?? person.first_name;
  const last = command.person?.lastName ?? person.last_name;
  return { ...(first === null ? {} : { first_name: first }), ...(last === null ? {} : { last_name: last }) };
}

function fillTemplate(
  template: TemplateRow,
  names: Record<string, string>,
  command: SendCommand,
  content: AskedTemplate,
  asked: string,
): Omit<Composed, 'templateId'> {
  // Amounts and dates are written in the language of the template and not of the request.
  const offered = { ...names, ...content.variables(template.language) };
  const values = new Map(Object.entries(offered).map(([name, value]) => [name, variableText(value)]));
  const { rendered, header, body, media, buttons, missing } = render(template, values);
  // What the preview tells is no surprise of the platform's after the sending.
  const tooLong = problemsOf(rendered).map(({ part, message }) => `${part} (${message})`);
  return {
    intent: { kind: 'template', asked, template, missing: [...missing, ...tooLong] },
    category: template.meta_category.toLowerCase(),
    stored: {
      kind: 'template',
      name: template.name,
      language: template.language,
      providerTemplateId: template.provider_template_id,
      header,
      body,
      ...(media ? { media } : {}),
      ...(buttons.length > 0 ? { buttons } : {}),
      ...(template.positional ? { positional: true } : {}),
      ...(command.code === undefined ? {} : { code: command.code }),
      rendered,
    },
    rendered,
  };
}
