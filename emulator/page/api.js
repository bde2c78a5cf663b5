/** The controls of the emulator, from the page; the same ones that anybody can call with curl. */

export class Refusal extends Error {}

async function call(method, path, body) {
  const init = { method };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { 'content-type': 'application/json' };
  }
  const response = await fetch(`/_sandbox/${path}`, init);
  const answer = await response.json();
  if (!response.ok) throw new Refusal(answer.error?.message ?? `HTTP ${response.status}`);
  return answer;
}

const phonePath = phone => `phones/${encodeURIComponent(phone)}`;

export const api = {
  phones: limit => call('GET', `phones?limit=${limit}`),
  messages: (phone, limit) => call('GET', `${phonePath(phone)}/messages?runs=true&limit=${limit}`),
  write: (phone, message) => call('POST', `${phonePath(phone)}/messages`, message),
  act: (phone, action, body = {}) => call('POST', `${phonePath(phone)}/${action}`, body),
  addPhone: phone => call('POST', 'phones', { phone }),
  numbers: () => call('GET', 'numbers'),
  clock: () => call('GET', 'clock'),
  turnClock: turn => call('POST', 'clock', turn),
  faults: () => call('GET', 'faults'),
  setFaults: faults => call('POST', 'faults', faults),
  templates: () => call('GET', 'templates'),
  review: (name, language, status) =>
    call('POST', `templates/${encodeURIComponent(name)}/review`, { status, language }),
};

/** behind the service this page shares its address with the API; a stand-alone emulator has only the Graph API */
export async function isBehindService() {
  try {
    const health = await (await fetch('/health')).json();
    return health.emulator !== true;
  } catch {
    return true;
  }
}
