/**
 * `X-Twilio-Signature`: over the address that Twilio called, exactly as it called it, and behind it the parameters of the
 * form. Always made with an auth token, never with an API key's secret.
 */
import type { WebhookRequest } from '#core/provider.ts';
import { hmacSha1, sameBytes, sameText, sha256 } from '#lib/hmac.ts';

const SIGNATURE = 'x-twilio-signature';

export function verify({ headers, url, body }: WebhookRequest, secrets: readonly string[]): boolean {
  const given = Buffer.from(headers[SIGNATURE] ?? '');
  const digest = bodyDigest(url);
  const parameters = digest === undefined ? signedParameters(body.toString('utf8')) : '';
  const candidates = spellings(url).map(address => address + parameters);
  const signed = secrets.some(
    secret =>
      secret !== '' &&
      candidates.some(text => sameBytes(Buffer.from(hmacSha1(secret, text).toString('base64')), given)),
  );
  // JSON is not in the signature: its digest stands in the signed address.
  return signed && (digest === undefined || sameText(digest, sha256(body).toString('hex')));
}

const bodyDigest = (url: string): string | undefined => /[?&]bodySHA256=([^&#]*)/.exec(url)?.[1];

/**
 * Names in the order of their code units, capitals first; the values of a repeated one sorted and each once; nothing in
 * between, also behind an empty value.
 */
export function signedParameters(form: string): string {
  const byName = new Map<string, Set<string>>();
  for (const [name, value] of new URLSearchParams(form)) byName.set(name, (byName.get(name) ?? new Set()).add(value));
  return [...byName.keys()]
    .sort()
    .flatMap(name => [...byName.get(name)!].sort().map(value => name + value))
    .join('');
}

/** As it was called, and in case some machine of the vendor's has written its marks as percentages before it signed. */
function spellings(url: string): string[] {
  const normal = URL.canParse(url) ? [new URL(url).href] : [];
  return [...new Set([url, ...normal].flatMap(addresses))];
}

/** Some of the vendor's machines sign the usual port and some leave every port out. */
function addresses(url: string): string[] {
  const [, scheme, authority, rest] = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)([^#]*)/i.exec(url) ?? [];
  if (scheme === undefined || authority === undefined) return [];
  const [, host, port] = /^(.*?)(:\d*)?$/.exec(authority)!;
  const usual = scheme.toLowerCase() === 'https://' ? ':443' : ':80';
  return [`${scheme}${host}${rest}`, `${scheme}${host}${port ?? usual}${rest}`];
}
