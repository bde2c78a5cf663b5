/** The elements a phone consists of, without anything in them yet. */
import { element, icon } from './dom.js';

/** `doings`: {read(), write(event), switchOn()} */
export function buildPhone(data, texts, doings) {
  const parts = {};
  parts.initials = element('span', { class: 'avatar', 'aria-hidden': 'true' });
  parts.name = element('h2', { class: 'owner-name', dir: 'auto' });
  parts.number = element('p', { class: 'owner-number' });
  parts.chips = element('div', { class: 'chips' });
  parts.unreadCount = element('span', {});
  parts.read = element(
    'button',
    { type: 'button', class: 'button button-read', onclick: doings.read },
    icon('eye'),
    parts.unreadCount,
  );
  parts.unread = element('div', { class: 'unread', hidden: true }, parts.read);
  parts.menu = element('div', { class: 'menu-items' });
  parts.root = element(
    'section',
    { class: 'phone', 'data-phone': data.phone, 'aria-label': data.name },
    element(
      'header',
      { class: 'owner' },
      parts.initials,
      element(
        'div',
        { class: 'owner-text' },
        parts.name,
        element('div', { class: 'owner-line' }, parts.number, parts.chips),
      ),
      parts.unread,
      buildMenu(parts.menu, texts.actions(data.name)),
    ),
    element('div', { class: 'device' }, buildScreen(parts, data, texts, doings)),
  );
  return parts;
}

function buildScreen(parts, data, texts, doings) {
  parts.clock = element('span', { class: 'screen-clock' });
  parts.banner = element('div', { class: 'banner' });
  parts.list = element('ul', { class: 'entries' });
  parts.empty = element('p', { class: 'no-messages', hidden: true }, texts.noMessages);
  // whoever clicks into a chat has opened it; the keyboard has the eye button
  parts.chat = element(
    'div',
    { class: 'chat', tabindex: '0', role: 'group', onclick: doings.read },
    parts.list,
    parts.empty,
  );
  parts.off = element(
    'div',
    { class: 'screen-off', hidden: true },
    icon('power'),
    element('p', { class: 'screen-off-title' }, texts.isOff),
    element('p', {}, texts.isOffText),
    element('button', { type: 'button', class: 'button', onclick: doings.switchOn }, texts.switchOn),
  );
  return element(
    'div',
    { class: 'screen' },
    element(
      'div',
      { class: 'screen-top' },
      parts.clock,
      element('span', { class: 'screen-signal', 'aria-hidden': 'true' }),
    ),
    buildBar(parts, texts),
    parts.banner,
    parts.chat,
    buildComposer(parts, data, texts, doings),
    parts.off,
  );
}

function buildBar(parts, texts) {
  parts.businessInitials = element('span', { class: 'avatar avatar-business', 'aria-hidden': 'true' });
  parts.business = element('span', { class: 'business-name', dir: 'auto' });
  const kind = element('span', { class: 'business-kind' }, texts.business);
  return element(
    'div',
    { class: 'chat-bar' },
    parts.businessInitials,
    element('div', { class: 'chat-bar-text' }, parts.business, kind),
  );
}

function buildComposer(parts, data, texts, doings) {
  parts.input = element('input', {
    class: 'composer-input',
    name: 'text',
    type: 'text',
    autocomplete: 'off',
    maxlength: 4096,
    dir: 'auto',
    placeholder: texts.messagePlaceholder,
    'aria-label': texts.message(data.name),
  });
  parts.send = element(
    'button',
    { class: 'composer-send', type: 'submit', 'aria-label': texts.send, title: texts.send },
    icon('send'),
  );
  return element('form', { class: 'composer', onsubmit: doings.write }, parts.input, parts.send);
}

/** `details` brings opening, closing and the keyboard; it closes when the focus goes elsewhere */
function buildMenu(items, label) {
  const menu = element(
    'details',
    { class: 'menu' },
    element('summary', { class: 'button button-icon', 'aria-label': label, title: label }, icon('more')),
    items,
  );
  const close = () => menu.removeAttribute('open');
  menu.addEventListener('keydown', event => {
    if (event.key !== 'Escape' || !menu.open) return;
    close();
    menu.firstElementChild.focus();
  });
  menu.addEventListener('focusout', event => {
    if (!menu.contains(event.relatedTarget)) close();
  });
  items.addEventListener('click', close);
  return menu;
}

export function initialsOf(name) {
  const words = name.trim().split(/\s+/);
  return ((words[0]?.[0] ?? '?') + (words[1]?.[0] ?? '')).toUpperCase();
}
