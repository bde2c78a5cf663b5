import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError, readConfig, SETTINGS } from './config.ts';

const provider = {
  WHATSAPP_ACCESS_TOKEN: 't',
  WHATSAPP_PHONE_NUMBER_ID: '1',
  WHATSAPP_BUSINESS_ACCOUNT_ID: '2',
  WHATSAPP_APP_SECRET: 'new, old',
  WHATSAPP_VERIFY_TOKEN: 'v',
};
const problemsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
};

test('an empty environment is a sandbox on loopback', () => {
  const config = readConfig({});
  assert.equal(config.port, 8080);
  assert.equal(config.host, '127.0.0.1');
  assert.equal(config.sandbox, true);
  assert.equal(config.sender, null);
  assert.ok(Object.isFrozen(config));
});

test('every error is told at once, each with what to do', () => {
  const problems = problemsOf({
    PORT: 'eighty',
    TIDINGS_API_KEY: 'short',
    DATABASE_URL: 'mysql://x',
    TIDINGS_SANDBOX: 'maybe',
    WHATSAPP_ACCESS_TOKEN: 't',
    TIDINGS_IN_FLIGHT: '0',
  });
  assert.equal(problems.length, 7, problems.join('\n'));
  assert.ok(
    problems.some(problem => problem.includes('WHATSAPP_APP_SECRET')),
    'a half configured provider names what is missing',
  );
});

test('a configured provider ends the sandbox, and insisting on both refuses to start', () => {
  const config = readConfig(provider);
  assert.equal(config.sandbox, false);
  assert.deepEqual(config.sender?.secret.webhookSecrets, ['new', 'old']);
  assert.match(problemsOf({ ...provider, TIDINGS_SANDBOX: 'on' }).join(), /people would get/);
  assert.equal(readConfig({ TIDINGS_SANDBOX: 'off' }).sandbox, false);
});

const twilio = {
  WHATSAPP_PROVIDER: 'twilio',
  TWILIO_ACCOUNT_SID: 'AC00000000000000000000000000000001',
  TWILIO_AUTH_TOKEN: 'new, old',
  TWILIO_WHATSAPP_FROM: 'whatsapp:+15551234567',
  TIDINGS_PUBLIC_URL: 'https://tidings.example/',
};

test('Twilio is configured by its own settings, with two tokens during a rotation', () => {
  const config = readConfig({ ...twilio, TWILIO_MESSAGING_SERVICE_SID: 'MG00000000000000000000000000000002' });
  assert.equal(config.publicUrl, 'https://tidings.example');
  assert.equal(config.sandbox, false);
  assert.deepEqual(config.sender, {
    provider: 'twilio',
    account: {
      base_url: 'https://api.twilio.com',
      content_base_url: 'https://content.twilio.com',
      account_sid: 'AC00000000000000000000000000000001',
      from: '+15551234567',
      messaging_service_sid: 'MG00000000000000000000000000000002',
    },
    secret: { accessToken: 'new', webhookSecrets: ['new', 'old'], verifyToken: '' },
    number: '+15551234567',
  });
});

test('Twilio without a public address, or with one that it can’t call, is told so, with all else that is wrong', () => {
  const { TIDINGS_PUBLIC_URL: _, ...rest } = twilio;
  assert.match(problemsOf(rest).join(), /^TIDINGS_PUBLIC_URL is required with Twilio/);
  assert.match(problemsOf({ ...twilio, TIDINGS_PUBLIC_URL: 'https://my_host.example' }).join(), /underscore/);
  assert.equal(problemsOf({ WHATSAPP_PROVIDER: 'twilio' }).length, 2);
  const wrong = { TWILIO_ACCOUNT_SID: 'SK1', TWILIO_WHATSAPP_FROM: '12345', TWILIO_API_BASE_URL: 'ftp://x' };
  assert.equal(problemsOf({ ...twilio, ...wrong }).length, 3);
  assert.deepEqual(problemsOf({ WHATSAPP_PROVIDER: 'pigeon' }), ['WHATSAPP_PROVIDER must be meta or twilio']);
});

test('a database of one’s own needs a key of one’s own', () => {
  const url = 'postgres://me@db/tidings';
  assert.match(problemsOf({ DATABASE_URL: url }).join(), /TIDINGS_SECRET_KEY is required/);
  assert.equal(readConfig({ DATABASE_URL: url, TIDINGS_SECRET_KEY: 'k'.repeat(32) }).databaseUrl, url);
});

test('the older name of the verify token still works', () => {
  const { WHATSAPP_VERIFY_TOKEN: _, ...rest } = provider;
  assert.equal(readConfig({ ...rest, WHATSAPP_WEBHOOK_VERIFY_TOKEN: 'w' }).sender?.secret.verifyToken, 'w');
});

test('every setting has its sentence', () => {
  for (const setting of SETTINGS) assert.match(setting.description, /\.$/, setting.name);
});
