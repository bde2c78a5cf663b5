/**
 * What every provider must show against its own emulator, over real sockets. A provider's test calls this with its
 * adapter and its emulator's accounts; what is special about a provider stays in that provider's test.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Provider, SenderAccess, Wire } from '#core/provider.ts';

export interface ConformanceBench {
  provider: Provider;
  sender: SenderAccess;
  wire: Wire;
  /** A person whose window is open, so that free text may be sent. */
  phone: string;
  /** The name of an approved template with the one variable `first_name`, in English. */
  template: string;
  /** The next webhook that the emulator delivers, raw, as it arrived. */
  nextWebhook(): Promise<{ headers: Record<string, string | undefined>; body: Buffer }>;
  fault(settings: Record<string, unknown>): Promise<void>;
  close(): Promise<void>;
}

const CORRELATION = 'msg_019ab3f05c1e7d0f8a2b4c6d8e0f1a2b.1';

export function conformance(name: string, open: () => Promise<ConformanceBench>): void {
  const check = (what: string, work: (bench: ConformanceBench) => Promise<void>) =>
    test(`${name}: ${what}`, async () => {
      const bench = await open();
      try {
        await work(bench);
      } finally {
        await bench.close();
      }
    });
  const text = (bench: ConformanceBench, body = 'hello') =>
    bench.provider.send(
      { to: bench.phone, correlation: CORRELATION, content: { kind: 'text', text: body } },
      bench.sender,
      bench.wire,
    );

  check(
    'a text is accepted with an id, and its receipt brings back that id, our correlation and the hour',
    async bench => {
      const outcome = await text(bench);
      assert.equal(outcome.kind, 'accepted', JSON.stringify(outcome));
      const { headers, body } = await bench.nextWebhook();
      assert.equal(bench.provider.webhook.verify(headers, body, bench.sender.secret.webhookSecrets), true);
      const [event] = bench.provider.webhook.parse(body);
      assert.ok(event?.kind === 'receipt');
      assert.equal(event.providerId, outcome.kind === 'accepted' && outcome.providerId);
      if (bench.provider.capabilities.correlation === 'echo') assert.equal(event.correlation, CORRELATION);
      assert.equal(event.status, 'sent');
      assert.ok(event.at > 1_600_000_000_000);
    },
  );

  check('a template is accepted with its variables filled', async bench => {
    const content = {
      kind: 'template',
      name: bench.template,
      language: 'en',
      header: [],
      body: [{ name: 'first_name', value: 'Ana' }],
    } as const;
    const outcome = await bench.provider.send(
      { to: bench.phone, correlation: CORRELATION, content },
      bench.sender,
      bench.wire,
    );
    assert.equal(outcome.kind, 'accepted', JSON.stringify(outcome));
  });

  check('a template that does not exist is a definite no with its class', async bench => {
    const content = { kind: 'template', name: 'there_is_none', language: 'en', header: [], body: [] } as const;
    const outcome = await bench.provider.send(
      { to: bench.phone, correlation: CORRELATION, content },
      bench.sender,
      bench.wire,
    );
    assert.ok(outcome.kind === 'rejected' && outcome.class === 'template-gone', JSON.stringify(outcome));
  });

  check('a webhook with one byte changed, another secret or no signature is refused', async bench => {
    await text(bench);
    const { headers, body } = await bench.nextWebhook();
    const { verify } = bench.provider.webhook;
    const secrets = bench.sender.secret.webhookSecrets;
    assert.equal(verify(headers, body, ['old secret', ...secrets]), true, 'two secrets during a rotation');
    assert.equal(verify(headers, Buffer.concat([body, Buffer.from(' ')]), secrets), false);
    assert.equal(verify(headers, body, ['another']), false);
    assert.equal(verify(headers, body, ['']), false);
    assert.equal(verify({}, body, secrets), false);
  });

  check('a revoked token blocks the sender and proves nothing was sent', async bench => {
    await bench.fault({ error_rate: 1, code: 190 });
    const outcome = await text(bench);
    assert.ok(outcome.kind === 'rejected' && outcome.class === 'sender-blocked', JSON.stringify(outcome));
  });

  check('an answer that never comes, an error after acceptance and a cut are all uncertain', async bench => {
    for (const fault of ['accept_then_reset', 'error_after_accept']) {
      await bench.fault({ [fault]: true });
      assert.equal((await text(bench)).kind, 'uncertain', fault);
      await bench.fault({});
    }
  });

  check('a place where nobody listens proves that nothing was sent', async bench => {
    const sender = { ...bench.sender, account: { ...bench.sender.account, base_url: 'http://127.0.0.1:9' } };
    const outcome = await bench.provider.send(
      { to: bench.phone, correlation: CORRELATION, content: { kind: 'text', text: 'x' } },
      sender,
      bench.wire,
    );
    assert.equal(outcome.kind, 'unreached');
  });
}
