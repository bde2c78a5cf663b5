/** A template message on its way in: the parameters against the template, as strictly as Meta takes them. */
import type { EmulatorAnswer, MessageAttachment, MessageButton, MessageContent } from '#core/emulation.ts';
import { type Fields, fields, list, string } from './fields.ts';
import { graphError } from './graph-answers.ts';
import {
  fillVariables,
  presetTexts,
  type TemplateButton,
  type TemplateDocument,
  variablesIn,
} from './template-document.ts';

const BODY_LIMIT = 1024;
const MEDIA_FORMATS = ['IMAGE', 'VIDEO', 'DOCUMENT'];

type Compiled = {
  body: string;
  bodyVariables: string[];
  headerFormat: string | undefined;
  header: string | undefined;
  headerVariables: string[];
  footer: string | undefined;
  buttons: TemplateButton[];
};

/** templates change rarely and are sent often; an edited template is another object */
const compiled = new WeakMap<TemplateDocument, Compiled>();

/** everything that is the same for every message of the template */
function compile(template: TemplateDocument): Compiled {
  const known = compiled.get(template);
  if (known) return known;
  const find = (type: string) => template.components.find(component => component.type === type);
  const header = find('HEADER');
  const preset = template.category === 'AUTHENTICATION' ? presetTexts(template) : undefined;
  const body = find('BODY')?.text ?? preset?.body ?? '';
  const result: Compiled = {
    body,
    bodyVariables: variablesIn(body),
    headerFormat: header?.format,
    header: header?.format === 'TEXT' ? header.text : undefined,
    headerVariables: header?.format === 'TEXT' ? variablesIn(header.text ?? '') : [],
    footer: find('FOOTER')?.text ?? preset?.footer,
    buttons: find('BUTTONS')?.buttons ?? [],
  };
  compiled.set(template, result);
  return result;
}

/** the message as the person will see it, or Meta's refusal */
export function fillTemplate(template: TemplateDocument, components: Fields[]): MessageContent | EmulatorAnswer {
  const shape = compile(template);
  // Meta counts the one variable of its own texts
  const named = template.parameterFormat === 'NAMED' && template.category !== 'AUTHENTICATION';
  const parametersOf = (type: string) =>
    list(components.find(component => string(component['type'])?.toLowerCase() === type)?.['parameters']);

  const content: MessageContent = { type: 'template', text: shape.body, template: template.name };
  content.language = template.language;

  const bodyValues = readValues('body', parametersOf('body'), shape.bodyVariables, named);
  if (!(bodyValues instanceof Map)) return bodyValues;
  if (bodyValues.size > 0) content.text = fillVariables(shape.body, bodyValues);
  if (content.text.length > BODY_LIMIT)
    return graphError(132005, `body: hydrated text is over ${BODY_LIMIT} characters`);

  const refusedHeader = fillHeader(content, shape, parametersOf('header'), named);
  if (refusedHeader) return refusedHeader;
  if (shape.footer !== undefined) content.footer = shape.footer;
  return fillButtons(content, shape.buttons, components);
}

/** a file and a place have one parameter of their own kind, a text as many as it has variables */
function fillHeader(
  content: MessageContent,
  shape: Compiled,
  parameters: Fields[],
  named: boolean,
): EmulatorAnswer | undefined {
  const format = shape.headerFormat;
  if (format !== undefined && (MEDIA_FORMATS.includes(format) || format === 'LOCATION')) {
    const kind = format.toLowerCase();
    const parameter = parameters[0];
    const received = string(parameter?.['type'])?.toUpperCase() ?? 'UNKNOWN';
    if (!parameter || received !== format) {
      return graphError(132012, `header: Format mismatch, expected ${format}, received ${received}`);
    }
    const source = fields(parameter[kind]);
    content.document = format === 'LOCATION' ? readPlace(source) : readAttachment(kind, source);
    if (format === 'LOCATION' && !(isDegrees(source['latitude']) && isDegrees(source['longitude']))) {
      return graphError(132018, 'header: a location needs a latitude and a longitude');
    }
    if (format !== 'LOCATION' && content.document.id === undefined && content.document.link === undefined) {
      return graphError(131008, `header: ${kind} needs an id or a link`);
    }
    return undefined;
  }
  const values = readValues('header', parameters, shape.headerVariables, named);
  if (!(values instanceof Map)) return values;
  if (shape.header !== undefined) content.header = fillVariables(shape.header, values);
  return undefined;
}

/** as text or as a number: its pages show both */
const isDegrees = (value: unknown): boolean =>
  (typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value))) || Number.isFinite(value);

/** a place on a phone is its name and address over a map */
function readPlace(source: Fields): MessageAttachment {
  const lines = [source['name'], source['address']].map(string).filter(Boolean);
  const place = `${source['latitude']}, ${source['longitude']}`;
  return { kind: 'location', filename: lines.length > 0 ? lines.join(', ') : place };
}

export function readAttachment(kind: string, source: Fields): MessageAttachment {
  const attachment: MessageAttachment = { kind };
  for (const name of ['id', 'link', 'filename', 'caption'] as const) {
    const value = string(source[name]);
    if (value !== undefined) attachment[name] = value;
  }
  return attachment;
}

/** counted first, then named, then read: the order of Meta's codes */
function readValues(
  where: 'header' | 'body',
  parameters: Fields[],
  expected: string[],
  named: boolean,
): Map<string, string> | EmulatorAnswer {
  if (parameters.length !== expected.length) {
    return graphError(
      132000,
      `${where}: number of localizable_params (${parameters.length}) does not match the expected number of params (${expected.length})`,
    );
  }
  const values = new Map<string, string>();
  for (const [index, parameter] of parameters.entries()) {
    const name = named ? string(parameter['parameter_name']) : expected[index];
    if (name === undefined || name === '') return graphError(132012, `${where}: Parameter name is missing or empty`);
    const text = readText(parameter);
    if (text === undefined) return graphError(132012, `${where}: parameter ${name} is not a text`);
    if (text.trim() === '') return graphError(131008, `${where}: parameter ${name} is empty`);
    if (/[\n\r\t]| {5,}/.test(text)) {
      return graphError(
        132018,
        `${where}: Param text cannot have new-line/tab characters or more than 4 consecutive spaces`,
      );
    }
    values.set(name, text);
  }
  const missing = expected.find(name => !values.has(name));
  if (missing !== undefined) return graphError(132012, `${where}: Parameter ${missing} of the template was not given`);
  return values;
}

/** currency and date_time show their fallback: that is what a phone without the locale shows too */
function readText(parameter: Fields): string | undefined {
  const type = string(parameter['type'])?.toLowerCase() ?? 'text';
  if (type === 'text') return string(parameter['text']);
  if (type === 'currency' || type === 'date_time') return string(fields(parameter[type])['fallback_value']);
  return undefined;
}

/** each by its place among all buttons; a parameter for one that takes none is refused, as Meta does since v23 */
function fillButtons(
  content: MessageContent,
  buttons: TemplateButton[],
  components: Fields[],
): MessageContent | EmulatorAnswer {
  const given = components.filter(component => string(component['type'])?.toLowerCase() === 'button');
  const shown: MessageButton[] = [];
  for (const [index, button] of buttons.entries()) {
    const component = given.find(candidate => Number(candidate['index']) === index);
    const filled = component ? wrongKind(button, index, component) : undefined;
    const result = filled ?? fillButton(button, index, list(component?.['parameters'])[0]);
    if ('status' in result) return result;
    shown.push(result);
  }
  const odd = given.find(component => !(Number(component['index']) in buttons));
  if (odd) return graphError(132018, `buttons: there is no button at index ${String(odd['index'])}`);
  if (shown.length > 0) content.buttons = shown;
  return content;
}

/** what each button is told by; the others take nothing at all */
const SUB_TYPES: Record<string, string> = {
  QUICK_REPLY: 'quick_reply',
  URL: 'url',
  OTP: 'url',
  COPY_CODE: 'copy_code',
  FLOW: 'flow',
  CATALOG: 'catalog',
  MPM: 'mpm',
};

function wrongKind(button: TemplateButton, index: number, component: Fields): EmulatorAnswer | undefined {
  const expected = SUB_TYPES[button.type];
  const subType = string(component['sub_type'])?.toLowerCase() ?? '';
  const fixed = expected === undefined || (button.type === 'URL' && variablesIn(button.url ?? '').length === 0);
  if (fixed) return graphError(132018, `buttons: Button at index ${index} does not take parameters`);
  if (subType === expected) return undefined;
  return graphError(132012, `buttons: Button at index ${index} is of type ${expected}, received ${subType}`);
}

/** as the person sees it, with what a tap does */
function fillButton(
  button: TemplateButton,
  index: number,
  parameter: Fields | undefined,
): MessageButton | EmulatorAnswer {
  const text = button.text ?? '';
  const missing = (kind: string) =>
    graphError(131008, `buttons: Button at index ${index} of type ${kind} requires a parameter`);
  const tooLong = (most: number) =>
    graphError(132018, `buttons: the code at index ${index} has more than ${most} characters`);
  switch (button.type) {
    case 'QUICK_REPLY':
      return { type: 'quick_reply', text, payload: string(parameter?.['payload']) ?? text };
    case 'URL': {
      const url = button.url ?? '';
      if (variablesIn(url).length === 0) return { type: 'url', text, url };
      const suffix = string(parameter?.['text']);
      if (!suffix) return missing('Url');
      return { type: 'url', text, url: url.replace(/\{\{\s*[^{}]*\}\}/, () => suffix) };
    }
    case 'OTP': {
      const code = string(parameter?.['text']);
      if (!code) return missing('Url');
      return code.length > 15 ? tooLong(15) : { type: 'copy_code', text: text || 'Copy code', payload: code };
    }
    case 'COPY_CODE': {
      const code = string(parameter?.['coupon_code']);
      if (!code) return missing('CopyCode');
      return code.length > 20 ? tooLong(20) : { type: 'copy_code', text: text || 'Copy offer code', payload: code };
    }
    case 'PHONE_NUMBER':
      return { type: 'phone', text, url: `tel:${button.phone_number ?? ''}` };
    case 'REQUEST_CONTACT_INFO':
      return { type: 'contact', text: 'Share contact info' };
    case 'FLOW':
      return { type: 'flow', text };
    case 'CATALOG':
      return { type: 'catalog', text };
    default:
      return { type: 'other', text: text || button.type };
  }
}
