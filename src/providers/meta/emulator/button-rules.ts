/** What Meta refuses in a template's buttons, before any review. */
import type { EmulatorAnswer } from '#core/emulation.ts';
import { templateError } from './graph-answers.ts';
import type { TemplateButton } from './template-document.ts';

/** how many of each; ten of all kinds together */
const LIMITS: Record<string, number> = {
  QUICK_REPLY: 10,
  URL: 2,
  PHONE_NUMBER: 1,
  COPY_CODE: 1,
  OTP: 1,
  REQUEST_CONTACT_INFO: 1,
  FLOW: 1,
  CATALOG: 1,
  MPM: 1,
  SPM: 1,
  VOICE_CALL: 1,
};
/** their words are Meta's own, in the person's language */
const WORDLESS = ['COPY_CODE', 'OTP', 'REQUEST_CONTACT_INFO', 'VOICE_CALL', 'SPM'];

/** Meta's sentences name the rule; the subcode is the one for a body, since none is documented for buttons */
const wrong = (sentence: string): EmulatorAnswer => templateError(2388072, 'Buttons are incorrect', sentence);
const tooLong = (sentence: string): EmulatorAnswer => templateError(2388040, 'Character limit exceeded', sentence);

export function buttonsRefusal(buttons: TemplateButton[], category: string): EmulatorAnswer | undefined {
  if (buttons.length < 1 || buttons.length > 10) return wrong('A template has 1 to 10 buttons.');
  for (const button of buttons) {
    const limit = LIMITS[button.type];
    if (limit === undefined) return wrong(`There is no button of the type ${button.type}.`);
    if (buttons.filter(other => other.type === button.type).length > limit) {
      return wrong(`A template has ${limit} button(s) of type ${button.type} at most.`);
    }
    const refusal = buttonRefusal(button, category);
    if (refusal) return refusal;
  }
  const kinds = buttons.map(button => button.type === 'QUICK_REPLY');
  const groups = kinds.filter((quick, index) => index === 0 || quick !== kinds[index - 1]).length;
  return groups > 2 ? wrong('Quick replies have to stand together.') : undefined;
}

/** one button by itself; what it may not be beside others is asked before */
function buttonRefusal(button: TemplateButton, category: string): EmulatorAnswer | undefined {
  const text = button.text ?? '';
  if (text === '' && !WORDLESS.includes(button.type)) return wrong(`A button of the type ${button.type} needs a text.`);
  if (text.length > 25) return tooLong('A button has 25 characters at most.');
  if (/[\n*_~`]|\{\{/.test(text) || /\p{RGI_Emoji}/v.test(text)) {
    return wrong("Buttons can't have any variables, newlines, emojis, or formatting characters.");
  }
  if (button.type === 'OTP' && category !== 'AUTHENTICATION')
    return wrong('An OTP button needs the category AUTHENTICATION.');
  if (button.type === 'URL') return urlRefusal(button);
  if (button.type === 'PHONE_NUMBER') {
    if (!/^\+?\d{5,}$/.test(button.phone_number ?? '')) return wrong('A phone button needs a phone_number.');
    if ((button.phone_number ?? '').length > 20) return tooLong('A phone number has 20 characters at most.');
  }
  if (button.type === 'COPY_CODE') {
    const example = Array.isArray(button.example) ? button.example[0] : button.example;
    if (typeof example !== 'string' || example === '') return wrong('A copy code button needs an example.');
    if (example.length > 20) return tooLong('A code has 20 characters at most.');
  }
  if (button.type === 'FLOW' && !(button.flow_id ?? button.flow_name ?? button.flow_json)) {
    return wrong('A flow button needs a flow_id, flow_name or flow_json.');
  }
  return undefined;
}

/** the fixed part holds the host, or reviewers could not know where a tap leads */
function urlRefusal({ url = '', example }: TemplateButton): EmulatorAnswer | undefined {
  if (!/^https?:\/\/[^/{]+/.test(url)) return wrong('A URL button needs a url.');
  if (url.length > 2_000) return tooLong('A URL has 2000 characters at most.');
  if (/\{\{[^}]*\}\}./.test(url) || (url.match(/\{\{/g)?.length ?? 0) > 1) {
    return wrong('A URL has one variable at most, and it stands at its end.');
  }
  const given = Array.isArray(example) ? example.length > 0 : typeof example === 'string';
  return url.includes('{{') && !given ? wrong('A URL with a variable needs an example.') : undefined;
}

/** an authentication template has this one button and no other */
export function otpRefusal(buttons: TemplateButton[]): EmulatorAnswer | undefined {
  const [button] = buttons;
  if (buttons.length !== 1 || button?.type !== 'OTP')
    return wrong('An authentication template has one button, of the type OTP.');
  const kind = button.otp_type ?? '';
  if (!['COPY_CODE', 'ONE_TAP', 'ZERO_TAP'].includes(kind)) {
    return wrong('Param otp_type must be one of {COPY_CODE, ONE_TAP, ZERO_TAP}');
  }
  // the other two fill the code into an app, so the app has to be named
  if (kind === 'COPY_CODE') return undefined;
  const apps = button.supported_apps;
  const named = Array.isArray(apps) ? apps.length > 0 : button.package_name !== undefined;
  if (!named) return wrong(`${kind} needs supported_apps with package_name and signature_hash.`);
  if (kind === 'ZERO_TAP' && button.zero_tap_terms_accepted !== true)
    return wrong('zero_tap_terms_accepted has to be true.');
  return undefined;
}
