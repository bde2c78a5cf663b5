/** What Meta refuses in a template at once, before any review. */
import type { EmulatorAnswer, EmulatorWorld } from '#core/emulation.ts';
import { buttonsRefusal, otpRefusal } from './button-rules.ts';
import { type Fields, fields, list, string } from './fields.ts';
import { parameterError, templateError } from './graph-answers.ts';
import { type TemplateButton, type TemplateComponent, variablesIn } from './template-document.ts';
import { isHandle } from './uploads.ts';

const NAME = /^[a-z0-9_]{1,512}$/;
const LANGUAGE = /^[a-z]{2,3}(_[A-Za-z]{2,4})?$/;
const CATEGORIES = ['MARKETING', 'UTILITY', 'AUTHENTICATION'];
const LIMITS: Record<string, number> = { HEADER: 60, BODY: 1024, FOOTER: 60 };
const FORMAT_SUBCODES: Record<string, number> = { HEADER: 2388047, BODY: 2388072, FOOTER: 2388073 };
const HEADER_FORMATS = ['TEXT', 'IMAGE', 'VIDEO', 'DOCUMENT', 'LOCATION'];
const COMPONENTS = ['HEADER', 'BODY', 'FOOTER', 'BUTTONS', 'CAROUSEL', 'LIMITED_TIME_OFFER'];

/** what is wrong before the components are even looked at */
export function headRefusal(body: Fields): EmulatorAnswer | undefined {
  const name = string(body['name']);
  if (name === undefined) return parameterError('The parameter name is required.');
  if (!NAME.test(name)) {
    return templateError(
      2388047,
      'Invalid name',
      'A template name has lowercase letters, digits and underscores only.',
    );
  }
  const category = string(body['category']);
  if (category === undefined || !CATEGORIES.includes(category)) {
    return parameterError(`Param category must be one of {${CATEGORIES.join(', ')}}`);
  }
  const language = string(body['language']);
  if (language === undefined || !LANGUAGE.test(language))
    return parameterError('Param language must be a valid locale');
  const format = string(body['parameter_format'])?.toUpperCase();
  if (format !== undefined && format !== 'NAMED' && format !== 'POSITIONAL') {
    return parameterError('Param parameter_format must be one of {NAMED, POSITIONAL}');
  }
  return ttlRefusal(body['message_send_ttl_seconds'], category);
}

/** For how long a message may wait for a phone that is off, in seconds; -1 is thirty days, for all but marketing. */
const TTL: Record<string, [least: number, most: number]> = {
  AUTHENTICATION: [30, 900],
  UTILITY: [30, 43_200],
  MARKETING: [43_200, 2_592_000],
};

export function ttlRefusal(seconds: unknown, category: string): EmulatorAnswer | undefined {
  if (seconds === undefined || (seconds === -1 && category !== 'MARKETING')) return undefined;
  const [least, most] = TTL[category] ?? [30, 900];
  if (Number.isInteger(seconds) && Number(seconds) >= least && Number(seconds) <= most) return undefined;
  return parameterError(`Param message_send_ttl_seconds must be between ${least} and ${most} for ${category}`);
}

/** whose template it is, and how it counts its variables */
export type RuleContext = { world: EmulatorWorld; category: string; named: boolean };

/** components as they came, types in capitals, or the first refusal */
export function readComponents(value: unknown, context: RuleContext): TemplateComponent[] | EmulatorAnswer {
  const components = list(value).map(toComponent);
  if (components.length === 0) return parameterError('The parameter components is required.');
  const types = components.map(component => component.type);
  // a carousel is taken as it is: it can be listed, and nobody here sends one
  const odd = types.find(type => !COMPONENTS.includes(type));
  if (odd !== undefined) return parameterError(`Param components type must be one of {${COMPONENTS.join(', ')}}`);
  if (new Set(types).size < types.length) return parameterError('Param components holds a type twice');
  if (!types.includes('BODY')) return templateError(2388072, 'Body missing', 'A template needs a BODY component.');
  if (context.category === 'AUTHENTICATION') {
    const refusal = authenticationRefusal(components);
    if (refusal) return refusal;
  }
  for (const component of components) {
    const refusal =
      component.type === 'BUTTONS'
        ? buttonsRefusal(component.buttons ?? [], context.category)
        : component.type === 'HEADER' && component.format !== 'TEXT'
          ? mediaRefusal(component, context.world)
          : textRefusal(component, context);
    if (refusal) return refusal;
  }
  return components;
}

function toComponent(source: Fields): TemplateComponent {
  const type = (string(source['type']) ?? '').toUpperCase();
  const component = { ...source, type } as TemplateComponent;
  if (type === 'HEADER') component.format = (string(source['format']) ?? 'TEXT').toUpperCase();
  if (type === 'BUTTONS') {
    component.buttons = list(source['buttons']).map(
      button => ({ ...button, type: (string(button['type']) ?? '').toUpperCase() }) as TemplateButton,
    );
  }
  return component;
}

/** its text is Meta's own, so none is taken */
function authenticationRefusal(components: TemplateComponent[]): EmulatorAnswer | undefined {
  const wrong = (sentence: string) => templateError(2388072, 'Authentication templates have preset text', sentence);
  if (components.some(component => component.type === 'HEADER'))
    return wrong('An authentication template has no header.');
  if (components.some(component => component.text !== undefined)) {
    return wrong('The text of an authentication template is preset: use add_security_recommendation.');
  }
  const minutes = components.find(component => component.type === 'FOOTER')?.code_expiration_minutes;
  if (minutes !== undefined && !(minutes >= 1 && minutes <= 90)) {
    return parameterError('Param code_expiration_minutes must be between 1 and 90');
  }
  return otpRefusal(components.find(component => component.type === 'BUTTONS')?.buttons ?? []);
}

/** a file is shown to the reviewers by the handle of an upload; a place needs none */
function mediaRefusal(component: TemplateComponent, world: EmulatorWorld): EmulatorAnswer | undefined {
  const format = component.format ?? '';
  if (!HEADER_FORMATS.includes(format))
    return parameterError(`Param format must be one of {${HEADER_FORMATS.join(', ')}}`);
  if (format === 'LOCATION') return undefined;
  const handles = fields(component.example)['header_handle'];
  const [handle] = Array.isArray(handles) ? (handles as unknown[]) : [];
  if (typeof handle !== 'string' || handle === '') return missingExample('HEADER', 'header_handle');
  if (isHandle(world, handle)) return undefined;
  return templateError(2388273, 'Invalid media handle', 'The header handle is not one that an upload has answered.');
}

/** the sentence is Meta's own manner of saying that a sample is wanted */
function missingExample(type: string, what: string): EmulatorAnswer {
  return templateError(
    2388043,
    'Message template "components" param is missing expected field(s)',
    `component of type ${type} is missing expected field(s) (example): ${what}`,
  );
}

/** header, body and footer, in the order in which Meta complains: length, form, variables, samples */
function textRefusal(component: TemplateComponent, { category, named }: RuleContext): EmulatorAnswer | undefined {
  const { type } = component;
  const limit = LIMITS[type];
  if (limit === undefined || category === 'AUTHENTICATION') return undefined;
  const text = string(component.text) ?? '';
  const wrong = (sentence: string) =>
    templateError(FORMAT_SUBCODES[type] ?? 2388072, `${type} format is incorrect`, sentence);
  if (text.trim() === '') return wrong(`The ${type} needs a text.`);
  if (text.length > limit) {
    return templateError(2388040, 'Character limit exceeded', `The ${type} has more than ${limit} characters.`);
  }
  if (type === 'HEADER' && (/\n|[*_~`]/.test(withoutVariables(text)) || EMOJI.test(text))) {
    return wrong("Message headers can't have any new lines, formatting characters, emojis or asterisks.");
  }
  if (type === 'FOOTER' && (/\n/.test(text) || EMOJI.test(text)))
    return wrong('A footer has no new lines and no emojis.');
  const names = variablesIn(text);
  if (names.length === 0) return undefined;
  if (type === 'FOOTER') return wrong('A footer has no variables.');
  if (type === 'HEADER' && names.length > 1) return wrong('A header has one variable at most.');
  return variableRefusal(component, text, names, named, wrong);
}

/** the emoji that people choose, and not every sign that could be drawn as one */
const EMOJI = /\p{RGI_Emoji}/v;
const withoutVariables = (text: string): string => text.replace(/\{\{[^{}]*\}\}/g, '');

/** named or numbered as the template said; at the edges and side by side neither */
function variableRefusal(
  component: TemplateComponent,
  text: string,
  names: string[],
  named: boolean,
  wrong: (sentence: string) => EmulatorAnswer,
): EmulatorAnswer | undefined {
  if (named) {
    const bad = names.find(name => !/^[a-z][a-z0-9_]*$/.test(name));
    if (bad !== undefined) return wrong(`Variable {{${bad}}} has to be lowercase letters, digits and underscores.`);
  } else if (names.some((name, index) => name !== String(index + 1))) {
    return wrong('Variables have to be numbered {{1}}, {{2}}, … in order.');
  }
  if (component.type === 'BODY' && /^\s*\{\{|\}\}\s*$/.test(text)) {
    return templateError(
      2388299,
      'Leading or trailing variable',
      'Variables cannot be at the start or end of the template.',
    );
  }
  if (/\}\}\s*\{\{/.test(text)) return wrong('Variables cannot stand side by side.');
  if (component.type === 'BODY' && tooManyVariables(text)) {
    return templateError(
      2388293,
      'Too many variables',
      'This template has too many variables for its length. Reduce them or write more.',
    );
  }
  if (examplesIn(component, named) >= names.length) return undefined;
  return missingExample(component.type, `${names.length} sample value(s)`);
}

/** where Meta draws the line it does not say: what has fewer words than variables was never seen to pass */
function tooManyVariables(text: string): boolean {
  const variables = text.match(/\{\{[^{}]*\}\}/g)?.length ?? 0;
  const words = text.replace(/\{\{[^{}]*\}\}/g, '▮').split(/\s+/);
  return (
    words.filter(word => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(word) && !word.includes('▮')).length < variables
  );
}

function examplesIn(component: TemplateComponent, named: boolean): number {
  const example = fields(component.example);
  const prefix = component.type === 'HEADER' ? 'header_text' : 'body_text';
  if (named) return list(example[`${prefix}_named_params`]).length;
  const values = example[prefix];
  if (!Array.isArray(values)) return 0;
  // body samples are an array of arrays, header samples are not
  return Array.isArray(values[0]) ? values[0].length : values.length;
}
