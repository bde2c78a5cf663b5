/** What Meta refuses in a template at once, before any review. */
import type { EmulatorAnswer } from '#core/emulation.ts';
import { type Fields, fields, list, string } from './fields.ts';
import { parameterError, templateError } from './graph-answers.ts';
import { type TemplateButton, type TemplateComponent, variablesIn } from './template-document.ts';

const NAME = /^[a-z0-9_]{1,512}$/;
const LANGUAGE = /^[a-z]{2,3}(_[A-Za-z]{2,4})?$/;
const CATEGORIES = ['MARKETING', 'UTILITY', 'AUTHENTICATION'];
const LIMITS: Record<string, number> = { HEADER: 60, BODY: 1024, FOOTER: 60 };
const FORMAT_SUBCODES: Record<string, number> = { HEADER: 2388047, BODY: 2388072, FOOTER: 2388073 };
const BUTTON_LIMITS: Record<string, number> = { URL: 2, PHONE_NUMBER: 1, COPY_CODE: 1, QUICK_REPLY: 10 };

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
  return undefined;
}

/** components as they came, types in capitals, or the first refusal */
export function readComponents(value: unknown, category: string, named: boolean): TemplateComponent[] | EmulatorAnswer {
  const components = list(value).map(toComponent);
  if (components.length === 0) return parameterError('The parameter components is required.');
  if (!components.some(component => component.type === 'BODY')) {
    return templateError(2388072, 'Body missing', 'A template needs a BODY component.');
  }
  for (const component of components) {
    const refusal =
      component.type === 'BUTTONS' ? buttonsRefusal(component.buttons ?? []) : textRefusal(component, category, named);
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

function textRefusal(component: TemplateComponent, category: string, named: boolean): EmulatorAnswer | undefined {
  const { type } = component;
  const limit = LIMITS[type];
  if (limit === undefined || (type === 'HEADER' && component.format !== 'TEXT')) return undefined;
  if (category === 'AUTHENTICATION' && component.text === undefined) return undefined;
  const text = string(component.text) ?? '';
  const wrong = (sentence: string) =>
    templateError(FORMAT_SUBCODES[type] ?? 2388072, `${type} format is incorrect`, sentence);
  if (text === '') return wrong(`The ${type} needs a text.`);
  if (text.length > limit) {
    return templateError(2388040, 'Character limit exceeded', `The ${type} has more than ${limit} characters.`);
  }
  const names = variablesIn(text);
  if (names.length === 0) return undefined;
  if (type === 'FOOTER') return wrong('A footer has no variables.');
  if (type === 'HEADER' && names.length > 1) return wrong('A header has one variable at most.');
  return variableRefusal(component, text, names, named, wrong);
}

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
  if (examplesIn(component, named) >= names.length) return undefined;
  return templateError(
    2388043,
    'Message template "components" param is missing expected field(s)',
    `component of type ${component.type} is missing expected field(s) (example): ${names.length} sample value(s)`,
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

function buttonsRefusal(buttons: TemplateButton[]): EmulatorAnswer | undefined {
  const wrong = (sentence: string) => templateError(2388072, 'Buttons are incorrect', sentence);
  if (buttons.length < 1 || buttons.length > 10) return wrong('A template has 1 to 10 buttons.');
  for (const [type, limit] of Object.entries(BUTTON_LIMITS)) {
    const count = buttons.filter(button => button.type === type).length;
    if (count > limit) return wrong(`A template has ${limit} button(s) of type ${type} at most.`);
  }
  for (const button of buttons) {
    if ((button.text ?? '').length > 25) return wrong('A button has 25 characters at most.');
    if (button.type === 'QUICK_REPLY' && !button.text) return wrong('A quick reply needs a text.');
    const url = button.url ?? '';
    if (button.type === 'URL' && !url) return wrong('A URL button needs a url.');
    if (/\{\{[^}]*\}\}./.test(url)) return wrong('The variable of a URL stands at its end.');
  }
  const kinds = buttons.map(button => button.type === 'QUICK_REPLY');
  const groups = kinds.filter((quick, index) => index === 0 || quick !== kinds[index - 1]).length;
  return groups > 2 ? wrong('Quick replies have to stand together.') : undefined;
}
