/** The rules of buttons: how many, in which order, what may stand on them and behind them. Pure. */
import { type Complaints, complaints, type LintLine, type LintSource } from './complaint.ts';
import { EMOJI, lengthOf } from './lint-text.ts';
import type { ButtonType, TemplateButton } from './parts.ts';
import { plainText, variablesIn } from './text.ts';
import { isWebAddress } from './values.ts';

/** Of all kinds together. From the fourth on they hide behind “See all options”, which is allowed. */
const MOST = 10;
const MOST_OF: Readonly<Record<ButtonType, number>> = {
  quick_reply: MOST,
  url: 2,
  phone_number: 1,
  copy_code: 1,
  otp: 1,
  request_contact_info: 1,
  flow: 1,
  catalog: 1,
};

export function lintButtons({ buttons = [], authentication }: LintSource): LintLine[] {
  const { lines, wrong, doubtful } = complaints('buttons');
  if (buttons.length > MOST) wrong('button_count', `a template has ${MOST} buttons at most`);
  for (const [type, most] of Object.entries(MOST_OF)) {
    const count = buttons.filter(button => button.type === type).length;
    if (count > most) wrong('button_count', `${count} buttons of the type ${type}; ${most} may be there`);
  }
  // Two groups are quick replies and the rest; a third one means that something stands between quick replies.
  const quick = buttons.map(button => button.type === 'quick_reply');
  const groups = quick.filter((one, index) => index === 0 || one !== quick[index - 1]).length;
  if (groups > 2) wrong('button_order', 'quick replies have to stand together, before or after the others');
  const words = buttons.flatMap(button => ('text' in button ? [button.text] : []));
  if (new Set(words).size < words.length) doubtful('button_text', 'two buttons say the same');
  if (!authentication && buttons.some(button => button.type === 'otp'))
    wrong('otp_button', 'a button of the type otp belongs to the category otp', 'INCORRECT_CATEGORY');
  return [...lines, ...buttons.flatMap((button, index) => lintButton(button, `buttons[${index}]`))];
}

function lintButton(button: TemplateButton, field: string): LintLine[] {
  const said = complaints(field);
  if ('text' in button) lintWords(button.text, said);
  if (button.type === 'url') lintAddress(button.url, said);
  if (button.type === 'phone_number' && !/^\+[1-9]\d{6,18}$/.test(button.phone_number))
    said.wrong('button_phone', 'give the number as E.164, such as +40712345678: 20 characters at most', '2388040');
  if (button.type === 'copy_code') lintCode(button.code, said);
  if (button.type === 'otp') lintOtp(button, said);
  return said.lines;
}

/** The platform says of every kind that its words take none of these, one-time codes included. */
function lintWords(text: string, { wrong }: Complaints): void {
  if (text.trim() === '') wrong('button_text', 'a button needs words');
  if (text.length > 25) wrong('button_length', `${text.length} characters on a button; 25 are allowed`, '2388040');
  if (/[{}\n*_~`]/.test(text) || EMOJI.test(text))
    wrong('button_format', 'a button takes no variables, line breaks, emoji or marks such as *');
}

/** What hides where an address leads is what reviewers refuse, and links of WhatsApp's own. */
const SHORTENERS =
  /^https?:\/\/(www\.)?(bit\.ly|tinyurl\.com|t\.co|goo\.gl|ow\.ly|cutt\.ly|rb\.gy|wa\.me|api\.whatsapp\.com)\//i;

/** The host is what reviewers judge, so no variable may make it another one. */
function lintAddress(url: string, { wrong, doubtful }: Complaints): void {
  if (lengthOf(url) > 2_000) wrong('url_length', 'an address has 2,000 characters at most', '2388040');
  const variables = variablesIn(url);
  const plain = plainText(url);
  if (variables.length > 1 || /\}./.test(plain))
    wrong('url_variable', 'an address takes one variable, at its end: https://tickets.example/{order_id}');
  else if (!isWebAddress(plain.replace(/\{.*$/, variables.length > 0 ? 'x' : '')) || /^[^/]*\/\/[^/]*\{/.test(plain))
    wrong('url_format', 'this is not an https address with a fixed host');
  if (SHORTENERS.test(url))
    doubtful('url_shortener', 'templates with shortened links are often refused: give the address itself');
}

function lintCode(code: string, { wrong, doubtful }: Complaints): void {
  if (variablesIn(code).length > 0) {
    // The platform replaces the whole code: around a variable nothing would remain.
    if (!/^\{+[^{}]*\}+$/.test(code.trim()))
      wrong('code_variable', 'a code is a text or one variable: {discount_code}');
    return;
  }
  if (code.length > 20) wrong('code_length', 'a code to copy has 20 characters at most', '2388040');
  // Two of Meta’s own pages disagree.
  else if (code.length > 15) doubtful('code_length', 'a code of more than 15 characters may be refused', '2388040');
}

/** Without an app there is nothing to fill a code into; the copied code works everywhere. */
function lintOtp(button: Extract<TemplateButton, { type: 'otp' }>, { wrong }: Complaints): void {
  if (button.otp_type === 'copy_code') return;
  if (!button.apps?.length)
    wrong('otp_apps', `${button.otp_type} names the app: apps: [{package_name, signature_hash}]`);
  if (button.otp_type === 'zero_tap' && !button.zero_tap_terms_accepted)
    wrong('otp_terms', 'zero_tap asks the business to accept its terms: zero_tap_terms_accepted: true');
}
