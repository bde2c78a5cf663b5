/**
 * What every provider must show against its own emulator, over real sockets. A provider's test calls this with its
 * adapter and its emulator's accounts; what is special about a provider stays in that provider's test.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hear } from '#core/inbox/keywords.ts';
import type { ErrorClass, Provider, ProviderEvent, SenderAccess, WebhookRequest, Wire } from '#core/provider.ts';

export interface ConformanceBench {
  provider: Provider;
  sender: SenderAccess;
  wire: Wire;
  /** A person whose window is open, so that free text may be sent. */
  phone: string;
  /** Somebody who never wrote. */
  stranger: string;
  /** An approved template with the one variable `first_name`, in English. */
  template: { name: string; providerTemplateId: string };
  /** A code of the vendor for each class that its emulator can refuse with. */
  codes: Readonly<Partial<Record<Exclude<ErrorClass, 'unclear'>, number>>>;
  /** The next webhook that the emulator delivers, raw, as it arrived. */
  nextWebhook(): Promise<WebhookRequest>;
  says(text: string): Promise<void>;
  /** What the phone shows, the latest last. */
  shown(): Promise<string[]>;
  /** The platform approves what was submitted under this name. */
  approve(name: string): Promise<void>;
  fault(settings: Record<string, unknown>): Promise<void>;
  close(): Promise<void>;
}

const CORRELATION = 'msg_019ab3f05c1e7d0f8a2b4c6d8e0f1a2b.1';
const ARRIVED = 1_795_251_600_000;

const DRAFT = {
  name: 'thanks',
  language: 'en',
  category: 'UTILITY',
  header: null,
  body: 'Thank you {first_name}, order {order_id} is on its way.',
  footer: null,
  samples: { order_id: 'A-1' },
} as const;

const queryOf = (url: string): string => url.split('?')[1] ?? '';

/** Every webhook that a check looks into has to be genuine, and to say the same at every reading. */
function read({ provider, sender }: ConformanceBench, hook: WebhookRequest): ProviderEvent[] {
  assert.equal(provider.webhook.verify(hook, sender.secret.webhookSecrets), true, 'the signature');
  const arrival = { query: queryOf(hook.url), at: ARRIVED };
  const events = provider.webhook.parse(hook.body, arrival);
  assert.deepEqual(provider.webhook.parse(hook.body, arrival), events, 'read again it says the same');
  return events;
}

const sendText = ({ provider, sender, wire, phone }: ConformanceBench, to = phone) =>
  provider.send({ to, correlation: CORRELATION, content: { kind: 'text', text: 'hello' } }, sender, wire);

const sendTemplate = ({ provider, sender, wire, phone }: ConformanceBench, template: ConformanceBench['template']) => {
  const body = [{ name: 'first_name', value: 'Ana & Co' }];
  const content = { kind: 'template', ...template, language: 'en', header: [], body } as const;
  return provider.send({ to: phone, correlation: CORRELATION, content }, sender, wire);
};

type Check = (what: string, work: (bench: ConformanceBench) => Promise<void>) => void;

export function conformance(name: string, open: () => Promise<ConformanceBench>): void {
  const check: Check = (what, work) =>
    test(`${name}: ${what}`, async () => {
      const bench = await open();
      try {
        await work(bench);
      } finally {
        await bench.close();
      }
    });
  sends(check);
  refusals(check);
  webhooks(check);
  templates(check);
}

function sends(check: Check): void {
  check(
    'a text is accepted with an id, and its receipt brings back that id, our correlation and the hour',
    async bench => {
      const outcome = await sendText(bench);
      assert.equal(outcome.kind, 'accepted', JSON.stringify(outcome));
      const hook = await bench.nextWebhook();
      const [event] = read(bench, hook);
      assert.ok(event?.kind === 'receipt');
      assert.equal(event.providerId, outcome.kind === 'accepted' && outcome.providerId);
      if (bench.provider.capabilities.correlation !== 'none') assert.equal(event.correlation, CORRELATION);
      assert.equal(event.status, 'sent');
      assert.ok(event.at > 1_600_000_000_000);
      assert.equal(bench.provider.webhook.lane(hook.body), 'receipts');
      const [next] = read(bench, await bench.nextWebhook());
      assert.ok(next?.kind === 'receipt' && next.status === 'delivered');
    },
  );

  check('a template arrives with its variables filled', async bench => {
    const outcome = await sendTemplate(bench, bench.template);
    assert.equal(outcome.kind, 'accepted', JSON.stringify(outcome));
    await bench.nextWebhook();
    await bench.nextWebhook();
    assert.equal((await bench.shown()).at(-1), 'Hi Ana & Co, all is well.');
  });

  check('an answer that never comes, an error after acceptance and a cut are all uncertain', async bench => {
    for (const fault of ['accept_then_reset', 'error_after_accept', 'accept_then_hang']) {
      await bench.fault({ [fault]: true });
      assert.equal((await sendText(bench)).kind, 'uncertain', fault);
      await bench.fault({});
    }
  });

  check('a send whose answer was lost can be looked up, where the provider says that it can', async bench => {
    const { provider, sender, wire, phone, stranger } = bench;
    assert.equal(provider.lookUp !== undefined, provider.capabilities.lookup !== 'none');
    if (!provider.lookUp) return;
    const since = ARRIVED - 1_000_000_000;
    const ask = (to: string, from = since) =>
      provider.lookUp!({ to, correlation: CORRELATION, since: from }, sender, wire);
    await bench.fault({ accept_then_reset: true });
    assert.equal((await sendText(bench)).kind, 'uncertain');
    await bench.fault({});
    const found = await ask(phone);
    assert.ok(found.kind === 'listed' && found.candidates.length === 1, JSON.stringify(found));
    assert.deepEqual([found.candidates[0]!.text, found.candidates[0]!.outcome.kind], ['hello', 'accepted']);
    assert.deepEqual(await ask(stranger), { kind: 'listed', candidates: [] });
    assert.deepEqual(await ask(phone, Date.UTC(2100, 0, 1)), { kind: 'listed', candidates: [] });
    const away = { ...sender, account: { ...sender.account, base_url: 'http://127.0.0.1:9' } };
    const unasked = await provider.lookUp({ to: phone, correlation: CORRELATION, since }, away, wire);
    assert.equal(unasked.kind, 'unavailable', 'nobody there is not nothing there');
  });

  check('a place where nobody listens proves that nothing was sent', async bench => {
    const sender = { ...bench.sender, account: { ...bench.sender.account, base_url: 'http://127.0.0.1:9' } };
    assert.equal((await sendText({ ...bench, sender })).kind, 'unreached');
  });
}

function refusals(check: Check): void {
  check('a template that does not exist is a definite no with its class', async bench => {
    const { providerTemplateId } = bench.template;
    const unknown = {
      name: 'there_is_none',
      providerTemplateId: providerTemplateId.replace(/.$/, last => (last === '0' ? '1' : '0')),
    };
    const outcome = await sendTemplate(bench, unknown);
    assert.ok(outcome.kind === 'rejected' && outcome.class === 'template-gone', JSON.stringify(outcome));
  });

  check('each refusal is a definite no, and its class says what it means', async bench => {
    assert.ok(Object.keys(bench.codes).length >= 6);
    for (const [wanted, code] of Object.entries(bench.codes)) {
      await bench.fault({ error_rate: 1, code });
      const outcome = await sendText(bench);
      assert.ok(outcome.kind === 'rejected' && outcome.class === wanted, `${code}: ${JSON.stringify(outcome)}`);
      assert.equal(outcome.code, String(code));
    }
  });

  check('free text to somebody who never wrote fails as such, at once or by its receipt', async bench => {
    const outcome = await sendText(bench, bench.stranger);
    const told = outcome.kind === 'accepted' ? read(bench, await bench.nextWebhook())[0] : outcome;
    const meaning = told && 'error' in told ? told.error?.class : told && 'class' in told ? told.class : undefined;
    assert.equal(meaning, 'window-closed', JSON.stringify(told));
  });
}

function webhooks(check: Check): void {
  check('a webhook with one byte changed, another secret or no signature is refused', async bench => {
    await sendText(bench);
    const hook = await bench.nextWebhook();
    const { verify } = bench.provider.webhook;
    const secrets = bench.sender.secret.webhookSecrets;
    assert.equal(verify(hook, ['old secret', ...secrets]), true, 'two secrets during a rotation');
    assert.equal(verify({ ...hook, body: Buffer.concat([hook.body, Buffer.from(' ')]) }, secrets), false);
    assert.equal(verify(hook, ['another']), false);
    assert.equal(verify(hook, ['']), false);
    assert.equal(verify(hook, []), false);
    assert.equal(verify({ ...hook, headers: {} }, secrets), false);
  });

  check('what a person writes arrives with their number and name, word for word', async bench => {
    await bench.says(' Ce oră? 50% & mai=mult 🎭 ');
    const hook = await bench.nextWebhook();
    const [event] = read(bench, hook);
    assert.ok(event?.kind === 'inbound');
    assert.equal(event.text, ' Ce oră? 50% & mai=mult 🎭 ');
    assert.equal(event.from, bench.phone);
    assert.equal(event.type, 'text');
    assert.ok(event.providerId !== '' && (event.profileName ?? '') !== '' && event.at > 1_600_000_000_000);
    assert.equal(bench.provider.webhook.lane(hook.body), 'people');
  });

  check('a STOP is heard, and goes before the receipts', async bench => {
    await bench.says('Stop!');
    const hook = await bench.nextWebhook();
    const [event] = read(bench, hook);
    assert.equal(event?.kind === 'inbound' && hear(event.text), 'stop');
    assert.equal(bench.provider.webhook.lane(hook.body), 'people');
  });

  check('a webhook that comes twice is the same webhook, byte for byte', async bench => {
    await bench.fault({ duplicate_webhooks: true });
    await bench.says('hello again');
    const [once, twice] = [await bench.nextWebhook(), await bench.nextWebhook()];
    assert.deepEqual([twice.url, twice.body.toString()], [once.url, once.body.toString()]);
    assert.deepEqual(read(bench, twice), read(bench, once));
  });
}

function templates(check: Check): void {
  check('a template is submitted, waits, and is approved; said again it is the same one', async bench => {
    const { provider, sender, wire } = bench;
    const submit = () => provider.submitTemplate(DRAFT, null, sender, wire);
    const first = await submit();
    assert.ok(first.kind === 'submitted', JSON.stringify(first));
    assert.equal(first.status, 'pending');
    const id = first.providerTemplateId;
    await bench.approve(DRAFT.name);
    if (provider.readTemplateStanding) {
      const standing = await provider.readTemplateStanding(id, sender, wire);
      assert.deepEqual(standing, { kind: 'known', status: 'approved', reason: null });
    } else {
      const [event] = read(bench, await bench.nextWebhook());
      assert.ok(event?.kind === 'template' && event.status === 'approved', JSON.stringify(event));
      assert.deepEqual([event.providerTemplateId, event.name], [id, DRAFT.name]);
    }
    const again = await submit();
    assert.ok(again.kind === 'submitted' && again.providerTemplateId === id, JSON.stringify(again));
    assert.equal(again.status, 'approved');
  });
}
