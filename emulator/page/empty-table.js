/** What a newcomer sees first: what to do so that a phone rings. */
import { isBehindService } from './api.js';
import { element, icon } from './dom.js';

const PHONE = '+40712345678';

function command(path, body, key) {
  const json = JSON.stringify(body, null, 2);
  return [
    `curl ${location.origin}${path} \\`,
    `  -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' \\`,
    `  -d '${json}'`,
  ].join('\n');
}

function serviceSteps(texts) {
  const optIn = { phone: PHONE, status: 'opt_in', source: 'website', text: 'Yes, send my tickets on WhatsApp' };
  const confirm = {
    order: { id: 'A-1001', total: 120, currency: 'RON', tickets: 2 },
    event: { id: 'E-1', name: 'Hamlet', starts_at: '2027-03-20T19:00:00+02:00', timezone: 'Europe/Bucharest' },
    customer: { phone: PHONE, first_name: 'Ana' },
  };
  return [
    [texts.emptyOptIn, command('/api/wa/optin', optIn, '$TIDINGS_API_KEY')],
    [texts.emptyConfirm, command('/api/wa/send/confirm', confirm, '$TIDINGS_API_KEY')],
  ];
}

function graphSteps(texts, number) {
  const template = { name: 'order_confirm', language: { code: 'en' } };
  const body = { messaging_product: 'whatsapp', to: PHONE, type: 'template', template };
  return [[texts.emptyGraph, command(`/graph/v26.0/${number}/messages`, body, '$TOKEN')]];
}

/** `page`: {texts, numbers} */
export function emptyTable(page) {
  const { texts } = page;
  const steps = element('ol', { class: 'steps' });
  isBehindService().then(service => {
    const list = service ? serviceSteps(texts) : graphSteps(texts, page.numbers[0]?.id ?? 'NUMBER');
    steps.replaceChildren(...list.map(([title, text]) => step(title, text, texts)));
  });
  return element(
    'section',
    { class: 'empty' },
    element('img', { src: '/_sandbox/page/icon.svg', alt: '', width: 84, height: 84 }),
    element('h2', {}, texts.emptyTitle),
    element('p', {}, texts.emptyText),
    steps,
    element('p', {}, texts.emptyWrite),
  );
}

function step(title, text, texts) {
  const label = element('span', {}, texts.copy);
  async function copy() {
    await navigator.clipboard?.writeText(text);
    label.textContent = texts.copied;
    setTimeout(() => {
      label.textContent = texts.copy;
    }, 2_000);
  }
  const button = element(
    'button',
    { type: 'button', class: 'button step-copy', onclick: copy, 'aria-label': `${texts.copy}: ${title}` },
    icon('copy'),
    label,
  );
  return element(
    'li',
    { class: 'step' },
    element('div', { class: 'step-head' }, element('strong', {}, title), button),
    element('pre', { tabindex: '0' }, element('code', {}, text)),
  );
}
