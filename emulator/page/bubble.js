/** One message as the person's phone shows it, with a caption that tells the newcomer what became of it. */
import { element, icon } from './dom.js';
import { richText } from './rich-text.js';

const ATTACHMENT_ICONS = { image: 'image', video: 'play', audio: 'play', location: 'pin' };
const BUTTON_ICONS = {
  quick_reply: 'reply',
  reply: 'reply',
  url: 'link',
  phone: 'call',
  copy_code: 'copy',
  contact: 'contact',
  flow: 'list',
  catalog: 'list',
  list_row: 'list',
};
const TAPPABLE = ['quick_reply', 'reply', 'list_row'];

/** `context`: {texts, language, onTap(button), switchedOn} */
export function bubble(message, context) {
  const mine = message.direction === 'in';
  const time = new Date(message.at);
  const clock = element('time', { class: 'bubble-time', datetime: message.at }, formatTime(time, context.language));
  if (mine) clock.append(icon(message.status === 'read' ? 'checks' : 'check'));
  const body = element(
    'div',
    { class: `bubble ${mine ? 'bubble-mine' : 'bubble-theirs'}` },
    message.header && element('p', { class: 'bubble-header', dir: 'auto' }, message.header),
    message.document && attachment(message.document, context),
    content(message, context),
    message.footer && element('p', { class: 'bubble-footer', dir: 'auto' }, message.footer),
    clock,
  );
  return element(
    'li',
    { class: `entry ${mine ? 'entry-mine' : 'entry-theirs'} entry-${message.status}`, 'data-id': message.id },
    body,
    !mine && buttons(message, context),
    !mine && caption(message, context),
  );
}

function content(message, { texts }) {
  if (message.type === 'reaction') return element('p', { class: 'bubble-reaction' }, message.text || '—');
  if (message.text !== '') return element('p', { class: 'bubble-text', dir: 'auto' }, richText(message.runs));
  if (message.document || message.header) return undefined;
  return element('p', { class: 'bubble-text bubble-odd' }, texts.unsupported);
}

/** nothing is fetched: a picture from a stranger's link would tell the stranger about this machine */
function attachment(document, { texts }) {
  const name = document.filename ?? texts.kinds[document.kind] ?? document.kind;
  const inner = [icon(ATTACHMENT_ICONS[document.kind] ?? 'file'), element('span', { class: 'attachment-name' }, name)];
  if (document.link === undefined || !/^https?:/.test(document.link)) {
    return element('div', { class: 'attachment' }, inner);
  }
  return element(
    'a',
    { class: 'attachment', href: document.link, target: '_blank', rel: 'noreferrer noopener' },
    inner,
  );
}

function buttons(message, context) {
  if (!message.buttons?.length || message.direction === 'in') return undefined;
  return element(
    'div',
    { class: 'bubble-buttons' },
    message.buttons.map(button => messageButton(button, message, context)),
  );
}

function messageButton(button, message, { onTap, switchedOn }) {
  const inner = [icon(BUTTON_ICONS[button.type] ?? 'reply'), element('span', { dir: 'auto' }, button.text)];
  if (TAPPABLE.includes(button.type)) {
    const tap = () => onTap({ text: button.text, payload: button.payload, message_id: message.id });
    return element('button', { type: 'button', class: 'bubble-button', onclick: tap, disabled: !switchedOn }, inner);
  }
  if (button.type === 'url' && /^https?:/.test(button.url ?? '')) {
    return element(
      'a',
      { class: 'bubble-button', href: button.url, title: button.url, target: '_blank', rel: 'noreferrer noopener' },
      inner,
    );
  }
  if (button.type === 'copy_code') {
    const copy = () => navigator.clipboard?.writeText(button.payload ?? '');
    const code = element('code', { class: 'bubble-code', dir: 'auto' }, button.payload ?? '');
    return element('button', { type: 'button', class: 'bubble-button', onclick: copy }, inner, code);
  }
  return element('span', { class: 'bubble-button' }, inner);
}

/** sent · delivered · read, in words: whoever sees this for the first time should see it happen */
function caption(message, { texts, switchedOn }) {
  const waits = !switchedOn && message.status === 'sent';
  const marks = { accepted: 'clock', sent: 'check', delivered: 'checks', read: 'checks', failed: 'warning' };
  return element(
    'p',
    { class: `caption caption-${message.status}` },
    message.template && element('span', { class: 'caption-template' }, `${message.template} · ${message.language}`),
    icon(marks[message.status] ?? 'clock'),
    element('span', {}, waits ? texts.waits : texts.statuses[message.status]),
  );
}

const formats = new Map();

export function formatTime(date, language) {
  return format(date, language, { hour: '2-digit', minute: '2-digit' });
}

export function formatDay(date, now, { texts, language }) {
  const days = Math.round((startOfDay(now) - startOfDay(date)) / 86_400_000);
  if (days === 0) return texts.today;
  if (days === 1) return texts.yesterday;
  return format(date, language, { weekday: 'long', day: 'numeric', month: 'long' });
}

export function format(date, language, options) {
  const key = language + JSON.stringify(options);
  let known = formats.get(key);
  if (!known) {
    known = new Intl.DateTimeFormat(language === 'en' ? 'en-GB' : language, options);
    formats.set(key, known);
  }
  return known.format(date);
}

function startOfDay(date) {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
