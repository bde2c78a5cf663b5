/**
 * The environment, read once, checked whole and frozen. The only reader of `process.env`. The reference page
 * (docs/reference/settings.md) is generated from this table, so a setting without its sentence can't exist.
 */
import { resolve } from 'node:path';

export interface Setting {
  name: string;
  aliases?: readonly string[];
  description: string;
  /** As shown in the reference; absent: nothing is set. */
  default?: string;
  secret?: boolean;
}

export const SETTINGS = [
  { name: 'PORT', description: 'Port of the service; 0 takes any free one.', default: '8080' },
  { name: 'HOST', description: 'Address to listen on. Beyond loopback, put TLS in front.', default: '127.0.0.1' },
  {
    name: 'DATABASE_URL',
    description: 'A PostgreSQL 15 or later. Empty: Tidings starts one of its own in the data folder.',
    secret: true,
  },
  {
    name: 'TIDINGS_DATA',
    description: 'The data folder: embedded database, made keys, the sandbox’s ledger.',
    default: './data',
  },
  {
    name: 'TIDINGS_API_KEY',
    description: 'Fixes the default tenant’s owner key; at least 32 characters.',
    secret: true,
  },
  {
    name: 'TIDINGS_SECRET_KEY',
    description:
      'Key that seals secrets at rest, at least 32 characters. Made and kept in the data folder when absent; required with DATABASE_URL.',
    secret: true,
  },
  { name: 'TIDINGS_PUBLIC_URL', description: 'The address under which callers and providers reach the service.' },
  {
    name: 'TIDINGS_SANDBOX',
    description:
      '`auto`: the emulator runs as long as no provider is configured; `on` insists on it, `off` forbids it.',
    default: 'auto',
  },
  { name: 'TIDINGS_LOG', description: 'Log level: debug, info, warn, error or silent.', default: 'info' },
  {
    name: 'TIDINGS_LANGUAGE',
    description: 'Language of the default tenant’s templates where a person’s is not known.',
    default: 'en',
  },
  { name: 'TIDINGS_COUNTRY', description: 'ISO country whose national phone numbers are understood without a prefix.' },
  {
    name: 'TIDINGS_IN_FLIGHT',
    description:
      'Most sends of one number on the wire at once, for each process: 16 to 256. They bound what a crash can leave unknown.',
    default: '64',
  },
  {
    name: 'TIDINGS_QUEUE_LIMIT',
    description:
      'Most due messages of one tenant that may wait. Above it sending answers 429; reminders and promotions from three quarters of it on.',
    default: '500000',
  },
  { name: 'WHATSAPP_PROVIDER', description: 'Who carries the messages: `meta` or `twilio`.', default: 'meta' },
  {
    name: 'WHATSAPP_ACCESS_TOKEN',
    description: 'Access token of the Cloud API; with it a real provider is configured.',
    secret: true,
  },
  { name: 'WHATSAPP_PHONE_NUMBER_ID', description: 'The Cloud API’s id of the business number.' },
  {
    name: 'WHATSAPP_BUSINESS_ACCOUNT_ID',
    description: 'The id of the WhatsApp Business Account that holds the templates.',
  },
  {
    name: 'WHATSAPP_APP_SECRET',
    description: 'App secret: webhooks are signed with it. Two, separated by a comma, during a rotation.',
    secret: true,
  },
  {
    name: 'WHATSAPP_VERIFY_TOKEN',
    aliases: ['WHATSAPP_WEBHOOK_VERIFY_TOKEN'],
    description: 'Token of the webhook’s subscription handshake.',
    secret: true,
  },
  { name: 'WHATSAPP_API_VERSION', description: 'Version of the Graph API.', default: 'v26.0' },
  {
    name: 'WHATSAPP_API_BASE_URL',
    description: 'Base address of the Graph API.',
    default: 'https://graph.facebook.com',
  },
  { name: 'WHATSAPP_COMPANY_NUMBER', description: 'The business number as people see it.' },
  { name: 'WHATSAPP_THROUGHPUT', description: 'Messages a second that the number may send.', default: '80' },
  { name: 'TWILIO_ACCOUNT_SID', description: 'The account at Twilio, `AC` and 32 digits.' },
  {
    name: 'TWILIO_AUTH_TOKEN',
    description:
      'The account’s auth token: calls are authorised and webhooks signed with it. Two, separated by a comma, during a rotation: the one in force first.',
    secret: true,
  },
  { name: 'TWILIO_WHATSAPP_FROM', description: 'The WhatsApp sender, a number with its plus.' },
  {
    name: 'TWILIO_MESSAGING_SERVICE_SID',
    description: 'A Messaging Service to send through, `MG` and 32 digits; the sender above has to be in it.',
  },
  { name: 'TWILIO_API_BASE_URL', description: 'Base address of the Messages API.', default: 'https://api.twilio.com' },
  {
    name: 'TWILIO_CONTENT_BASE_URL',
    description: 'Base address of the Content API.',
    default: 'https://content.twilio.com',
  },
] as const satisfies readonly Setting[];

/** A setting that the table does not have can't be read: the checker refuses its name. */
type Name = (typeof SETTINGS)[number]['name'];

/** Beside its own folder and app.ts the one place that may quote a provider's name; a test looks. */
export const DEFAULT_PROVIDER = 'meta';

/** The default tenant's account at its provider. Written into the database at each start, its secrets sealed. */
export interface SenderConfig {
  provider: string;
  account: Record<string, string>;
  secret: {
    accessToken: string;
    /** Newest first. */
    webhookSecrets: readonly string[];
    verifyToken: string;
  };
  number: string | null;
}

export interface Config {
  port: number;
  host: string;
  databaseUrl: string | null;
  /** Absolute: the working folder of a service manager is not the operator's. */
  dataDir: string;
  apiKey: string | null;
  secretKey: string | null;
  publicUrl: string | null;
  sandbox: boolean;
  logLevel: string;
  language: string;
  country: string | null;
  inFlight: number;
  queueLimit: number;
  throughput: number;
  sender: SenderConfig | null;
}

/** All problems at once: settings that fail one after the other take a restart each to find. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `the configuration has ${problems.length === 1 ? 'an error' : `${problems.length} errors`}:\n${problems.map(problem => `  - ${problem}`).join('\n')}`,
    );
    this.problems = problems;
  }
}

/** `.env` fills what the environment leaves open. */
export function readEnvironment(): Record<string, string | undefined> {
  try {
    process.loadEnvFile();
  } catch {
    // No file is the usual case; an unreadable one shows itself by the settings that are then missing.
  }
  return process.env;
}

export function readConfig(environment: Record<string, string | undefined>): Config {
  const problems: string[] = [];
  const raw = (name: Name): string | undefined => {
    const setting: Setting = SETTINGS.find(candidate => candidate.name === name)!;
    // Blank counts as absent: a setting that is there and empty is one that nobody has filled in yet.
    const found = [name, ...(setting.aliases ?? [])].map(alias => environment[alias]?.trim()).find(value => value);
    return found ?? setting.default;
  };
  const whole = (name: Name, min: number, max: number): number => {
    const value = Number(raw(name));
    if (!Number.isInteger(value) || value < min || value > max)
      problems.push(`${name} must be a whole number from ${min} to ${max}`);
    return value;
  };
  const longEnough = (name: Name): string | null => {
    const value = raw(name) ?? null;
    if (value !== null && value.length < 32)
      problems.push(`${name} must have at least 32 characters; \`openssl rand -hex 32\` makes a good one`);
    return value;
  };
  const oneOf = (name: Name, words: readonly string[]): string => {
    const value = raw(name) ?? '';
    if (!words.includes(value)) problems.push(`${name} must be one of ${words.join(', ')}`);
    return value;
  };
  const url = (name: Name, protocols: readonly string[]): string | null => {
    const value = raw(name) ?? null;
    if (value !== null && !(URL.canParse(value) && protocols.includes(new URL(value).protocol)))
      problems.push(`${name} must be a URL that begins with ${protocols.map(one => `${one}//`).join(' or ')}`);
    // Without its last slash, so that paths can be put behind it.
    return value?.replace(/\/+$/, '') ?? null;
  };

  const sender = readSender(raw, url, problems);
  const mode = oneOf('TIDINGS_SANDBOX', ['auto', 'on', 'off']);
  if (mode === 'on' && sender)
    problems.push(
      'TIDINGS_SANDBOX=on together with a real provider: people would get what was meant for the sandbox. Remove one of them',
    );
  const config: Config = {
    port: whole('PORT', 0, 65_535),
    host: raw('HOST')!,
    databaseUrl: url('DATABASE_URL', ['postgres:', 'postgresql:']),
    dataDir: resolve(raw('TIDINGS_DATA')!),
    apiKey: longEnough('TIDINGS_API_KEY'),
    secretKey: longEnough('TIDINGS_SECRET_KEY'),
    publicUrl: url('TIDINGS_PUBLIC_URL', ['http:', 'https:']),
    sandbox: sender === null && mode !== 'off',
    logLevel: oneOf('TIDINGS_LOG', ['debug', 'info', 'warn', 'error', 'silent']),
    language: raw('TIDINGS_LANGUAGE')!,
    country: raw('TIDINGS_COUNTRY') ?? null,
    inFlight: whole('TIDINGS_IN_FLIGHT', 1, 256),
    queueLimit: whole('TIDINGS_QUEUE_LIMIT', 1, 100_000_000),
    throughput: whole('WHATSAPP_THROUGHPUT', 1, 1_000_000),
    sender,
  };
  if (config.databaseUrl !== null && config.secretKey === null)
    problems.push(
      'TIDINGS_SECRET_KEY is required with DATABASE_URL: without it another machine could not open what this one sealed',
    );
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

type Raw = (name: Name) => string | undefined;
type ReadUrl = (name: Name, protocols: readonly string[]) => string | null;

/** Half a provider is no provider: what is missing is named, all at once. */
function readSender(raw: Raw, url: ReadUrl, problems: string[]): SenderConfig | null {
  const readers: Record<string, typeof readMeta> = { [DEFAULT_PROVIDER]: readMeta, twilio: readTwilio };
  const read = readers[raw('WHATSAPP_PROVIDER')!];
  if (read) return read(raw, url, problems);
  problems.push(`WHATSAPP_PROVIDER must be ${Object.keys(readers).join(' or ')}`);
  return null;
}

function missingOf(raw: Raw, needed: readonly Name[], problems: string[]): boolean {
  const missing = needed.filter(name => raw(name) === undefined);
  if (missing.length > 0) problems.push(`a provider is half configured; still missing: ${missing.join(', ')}`);
  return missing.length > 0;
}

const listOf = (text: string): string[] =>
  text
    .split(',')
    .map(item => item.trim())
    .filter(item => item !== '');

function readMeta(raw: Raw, url: ReadUrl, problems: string[]): SenderConfig | null {
  const needed = [
    'WHATSAPP_ACCESS_TOKEN',
    'WHATSAPP_PHONE_NUMBER_ID',
    'WHATSAPP_BUSINESS_ACCOUNT_ID',
    'WHATSAPP_APP_SECRET',
    'WHATSAPP_VERIFY_TOKEN',
  ] as const;
  // With none of them nobody has asked for it: the sandbox serves.
  if (needed.every(name => raw(name) === undefined) || missingOf(raw, needed, problems)) return null;
  return {
    provider: DEFAULT_PROVIDER,
    account: {
      base_url: url('WHATSAPP_API_BASE_URL', ['http:', 'https:'])!,
      api_version: raw('WHATSAPP_API_VERSION')!,
      phone_number_id: raw('WHATSAPP_PHONE_NUMBER_ID')!,
      business_account_id: raw('WHATSAPP_BUSINESS_ACCOUNT_ID')!,
    },
    secret: {
      accessToken: raw('WHATSAPP_ACCESS_TOKEN')!,
      webhookSecrets: listOf(raw('WHATSAPP_APP_SECRET')!),
      verifyToken: raw('WHATSAPP_VERIFY_TOKEN')!,
    },
    number: raw('WHATSAPP_COMPANY_NUMBER') ?? null,
  };
}

/** Whoever says `twilio` means it, so nothing of it may be missing: not the public address either, which each message names. */
function readTwilio(raw: Raw, url: ReadUrl, problems: string[]): SenderConfig | null {
  const missing = missingOf(raw, ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN', 'TWILIO_WHATSAPP_FROM'], problems);
  checkPublicUrl(raw('TIDINGS_PUBLIC_URL'), problems);
  if (missing) return null;
  const forms: [Name, RegExp, string][] = [
    ['TWILIO_ACCOUNT_SID', /^AC[0-9a-f]{32}$/, 'AC and 32 hexadecimal digits'],
    ['TWILIO_MESSAGING_SERVICE_SID', /^MG[0-9a-f]{32}$/, 'MG and 32 hexadecimal digits'],
    ['TWILIO_WHATSAPP_FROM', /^(whatsapp:)?\+[1-9]\d{6,14}$/, 'a number with its plus, such as +15551234567'],
  ];
  for (const [name, form, words] of forms)
    if (raw(name) !== undefined && !form.test(raw(name)!)) problems.push(`${name} must be ${words}`);
  const number = raw('TWILIO_WHATSAPP_FROM')!.replace(/^whatsapp:/, '');
  const tokens = listOf(raw('TWILIO_AUTH_TOKEN')!);
  const service = raw('TWILIO_MESSAGING_SERVICE_SID');
  return {
    provider: 'twilio',
    account: {
      base_url: url('TWILIO_API_BASE_URL', ['http:', 'https:'])!,
      content_base_url: url('TWILIO_CONTENT_BASE_URL', ['http:', 'https:'])!,
      account_sid: raw('TWILIO_ACCOUNT_SID')!,
      from: number,
      ...(service === undefined ? {} : { messaging_service_sid: service }),
    },
    secret: { accessToken: tokens[0]!, webhookSecrets: tokens, verifyToken: '' },
    number,
  };
}

function checkPublicUrl(value: string | undefined, problems: string[]): void {
  if (value === undefined)
    problems.push(
      'TIDINGS_PUBLIC_URL is required with Twilio: each message names it for its receipts, and every webhook is signed over it',
    );
  else if (URL.canParse(value) && new URL(value).hostname.includes('_'))
    problems.push('TIDINGS_PUBLIC_URL has a host with an underscore, which Twilio does not call');
}
