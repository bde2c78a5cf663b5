/**
 * The phones page in a real browser, on the real service's own port: what a newcomer sees in the first minute. Without
 * Chromium it is skipped, and says so.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, chromium, type Page } from 'playwright-core';
import { freePort, type Service, startService } from '../chaos/service.ts';
import { confirmation, optIn } from '../make.ts';

const executablePath = [
  process.env['CHROMIUM_PATH'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find(path => path && existsSync(path));
const skip = executablePath ? false : 'Chromium is not installed: apt-get install chromium, or set CHROMIUM_PATH';
// Without these a browser looks for its maker's servers at every start.
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let service: Service;
let browser: Browser;
let dataDir: string;

before(async () => {
  if (skip) return;
  dataDir = await mkdtemp(join(tmpdir(), 'tidings-browser-'));
  await chmod(dataDir, 0o711);
  service = await startService({ TIDINGS_DATA: dataDir, PORT: String(await freePort()), DATABASE_URL: '' });
  browser = await chromium.launch({ executablePath: executablePath!, args });
});
after(async () => {
  await browser?.close();
  await service?.stop();
  if (dataDir) await rm(dataDir, { recursive: true, force: true });
});

async function post(path: string, body: unknown): Promise<Response> {
  return fetch(service.url + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${service.key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function open(width: number, height: number): Promise<{ page: Page; complaints: string[] }> {
  // A context of its own: the accessibility checker opens a second page beside it.
  // Without motion: half way through its arrival a bubble is half transparent, and has too little contrast for the checker.
  const context = await browser.newContext({ viewport: { width, height }, locale: 'en-GB', reducedMotion: 'reduce' });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('console', message => message.type() === 'error' && complaints.push(message.text()));
  await page.goto(`${service.url}/_sandbox`);
  return { page, complaints };
}

test('an empty sandbox tells a newcomer what to do', { skip }, async () => {
  const { page, complaints } = await open(1400, 900);
  await page.getByText('/api/wa/optin').first().waitFor();
  assert.deepEqual(complaints, []);
  await page.close();
});

test('a confirmed order appears on the phone, live, in the person’s language; STOP is typed and answered', {
  skip,
}, async () => {
  const { page, complaints } = await open(1400, 900);
  await post('/api/wa/optin', optIn('+40712345678'));
  const sent = await post(
    '/api/wa/send/confirm',
    confirmation({ order: { id: 'B-1' }, customer: { locale: 'ro', first_name: 'Ana <b>x</b>' } }),
  );
  assert.equal(sent.status, 202);
  const { message_id } = (await sent.json()) as { message_id: string };
  await page.locator('.bubble-text', { hasText: 'Bună, Ana <b>x</b>!' }).waitFor();
  await page.locator('.caption-delivered').first().waitFor();

  const box = page.getByPlaceholder('Message').first();
  await box.fill('STOP');
  await box.press('Enter');
  await page.locator('.bubble-text', { hasText: 'scrieți START' }).waitFor();
  const next = (await (await post('/api/wa/send/confirm', confirmation({ order: { id: 'B-2' } }))).json()) as {
    reason: string;
  };
  assert.equal(next.reason, 'opted_out');

  await page.locator('.button-read').first().click();
  await page.locator('.caption-read').first().waitFor();
  const read = (await (
    await fetch(`${service.url}/api/v1/messages/${message_id}`, { headers: { authorization: `Bearer ${service.key}` } })
  ).json()) as { status: string };
  assert.equal(read.status, 'read');
  assert.deepEqual(complaints, []);
  await page.close();
});

for (const [width, height, name] of [
  [1400, 900, 'a desk'],
  [390, 844, 'a hand'],
] as const) {
  test(`the page in ${name} has no serious accessibility fault and nothing to scroll sideways`, { skip }, async () => {
    const { page } = await open(width, height);
    await page.getByPlaceholder('Message').first().waitFor();
    const { violations } = await new AxeBuilder({ page }).analyze();
    assert.deepEqual(
      violations
        .filter(violation => ['serious', 'critical'].includes(violation.impact ?? ''))
        .map(violation => violation.id),
      [],
    );
    const sideways = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    assert.equal(sideways, 0);
    await page.close();
  });
}

test('the controls answer this machine only: another Host, another origin and a proxy are refused', {
  skip,
}, async () => {
  const { request } = await import('node:http');
  const ask = (headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      request(`${service.url}/_sandbox/phones`, { headers }, answer => {
        answer.resume();
        resolve(answer.statusCode!);
      })
        .on('error', reject)
        .end();
    });
  assert.equal(await ask({}), 200);
  assert.equal(await ask({ host: 'evil.example' }), 403);
  assert.equal(await ask({ origin: 'https://evil.example' }), 403);
  assert.equal(await ask({ 'x-forwarded-for': '203.0.113.9' }), 403);
});
