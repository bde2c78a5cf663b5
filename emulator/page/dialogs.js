/** Trouble and templates: two dialogs over the table. */
import { api } from './api.js';
import { element, icon } from './dom.js';

function open(page, title, text, ...content) {
  const { texts } = page;
  const dialog = element('dialog', { class: 'dialog', 'aria-labelledby': 'dialog-title' });
  const close = element(
    'button',
    { type: 'button', class: 'button button-icon', 'aria-label': texts.close, onclick: () => dialog.close() },
    icon('close'),
  );
  dialog.append(
    element('header', { class: 'dialog-head' }, element('h2', { id: 'dialog-title' }, title), close),
    element('p', { class: 'dialog-text' }, text),
    ...content,
  );
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** [field, text, unit, kind]; rates are shown as per cent, counts as "the next n" */
function faultFields(texts) {
  return [
    ['latency_ms', texts.latency, texts.milliseconds, 'number'],
    ['error_rate', texts.errorRate, texts.percent, 'rate'],
    ['code', texts.errorCode, '', 'number'],
    ['accept_then_hang', texts.hang, texts.messages, 'count'],
    ['accept_then_reset', texts.reset, texts.messages, 'count'],
    ['error_after_accept', texts.errorAfter, texts.messages, 'count'],
    ['duplicate_webhooks', texts.duplicates, texts.percent, 'rate'],
    ['drop_webhooks', texts.drops, texts.percent, 'rate'],
    ['reorder', texts.reorder, texts.percent, 'rate'],
    ['status_batch', texts.batch, '', 'number'],
  ];
}

export async function faultsDialog(page) {
  const { texts } = page;
  const current = await api.faults();
  const fields = faultFields(texts);
  const form = element(
    'form',
    { class: 'faults' },
    fields.map(field => faultRow(field, current[field[0]], texts)),
    element(
      'div',
      { class: 'dialog-foot' },
      element('button', { type: 'button', class: 'button', value: 'reset', onclick: () => apply({}) }, texts.behave),
      element('button', { type: 'submit', class: 'button button-main' }, texts.apply),
    ),
  );
  form.addEventListener('submit', event => {
    event.preventDefault();
    apply(readFaults(fields, form));
  });
  const dialog = open(page, texts.faultsTitle, texts.faultsText, form);
  async function apply(faults) {
    if (await page.attempt(api.setFaults(faults))) dialog.close();
  }
}

function faultRow([name, text, unit, kind], value, texts) {
  const input = element('input', {
    name,
    id: `fault-${name}`,
    type: 'number',
    min: name === 'status_batch' ? 1 : 0,
    max: kind === 'rate' ? 100 : undefined,
    placeholder: name === 'status_batch' ? '1' : name === 'code' ? '131000' : '0',
    value: shownValue(kind, value),
  });
  return element(
    'div',
    { class: 'fault' },
    element('label', { for: `fault-${name}` }, text),
    element(
      'span',
      { class: 'fault-value' },
      kind === 'count' && element('span', {}, texts.next),
      input,
      element('span', { class: 'fault-unit' }, unit),
    ),
  );
}

function shownValue(kind, value) {
  if (value === undefined || value === false) return '';
  if (kind === 'rate') return String(Math.round((value === true ? 1 : Number(value)) * 100));
  if (kind === 'count') return String(value === true ? 1_000_000 : (value.next ?? value));
  return String(value);
}

function readFaults(fields, form) {
  const faults = {};
  for (const [name, , , kind] of fields) {
    const amount = form.elements[name].valueAsNumber;
    if (!(amount > 0)) continue;
    if (kind === 'rate') faults[name] = Math.min(1, amount / 100);
    else if (kind === 'count') faults[name] = { next: Math.round(amount) };
    else faults[name] = Math.round(amount);
  }
  return faults;
}

export async function templatesDialog(page) {
  const { texts } = page;
  const list = element('ul', { class: 'templates' });
  async function refresh() {
    const { data } = await api.templates();
    list.replaceChildren(...data.map(template => templateRow(page, template, refresh)));
    if (data.length === 0) list.replaceChildren(element('li', { class: 'no-templates' }, texts.noTemplates));
  }
  await refresh();
  open(page, texts.templatesTitle, texts.templatesText, list);
}

function templateRow(page, template, refresh) {
  const { texts } = page;
  const review = async status => {
    await page.attempt(api.review(template.name, template.language, status));
    await refresh();
  };
  const button = (text, status) =>
    element(
      'button',
      {
        type: 'button',
        class: 'button',
        disabled: template.status === status,
        onclick: () => review(status),
        'aria-label': `${text}: ${template.name} (${template.language})`,
      },
      text,
    );
  return element(
    'li',
    { class: 'template' },
    element(
      'div',
      { class: 'template-text' },
      element('strong', {}, template.name),
      element('span', {}, `${template.language} · ${template.category.toLowerCase()}`),
    ),
    element('span', { class: `chip chip-${template.status.toLowerCase()}` }, template.status.toLowerCase()),
    element(
      'div',
      { class: 'template-buttons' },
      button(texts.approve, 'APPROVED'),
      button(texts.reject, 'REJECTED'),
      button(texts.pause, 'PAUSED'),
    ),
  );
}
