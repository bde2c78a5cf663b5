/** Where webhooks go: the app's own address, or an override for an account or a number, proven by the handshake. */
import { randomInt } from 'node:crypto';
import type { EmulatorAccount, EmulatorAnswer, EmulatorWorld } from '#core/emulation.ts';
import { type Fields, fields, string } from './fields.ts';
import { graphError, graphJson, parameterError } from './graph-answers.ts';

/** Without an address: subscribed, and told at the app's own. */
type Subscription = { url: string | undefined };

/** The platform's own, in characters. */
const URL_LIMIT = 200;

/** number before account; undefined = the app's own address */
export function overrideFor(world: EmulatorWorld, account: EmulatorAccount): string | undefined {
  const shelf = world.shelf<Subscription>('meta_subscription');
  return shelf.get(account.phoneNumberId)?.url ?? shelf.get(account.businessAccountId)?.url;
}

export async function subscribe(world: EmulatorWorld, id: string, body: Fields): Promise<EmulatorAnswer> {
  const url = string(body['override_callback_uri']);
  if (url === undefined) {
    world.shelf<Subscription>('meta_subscription').put(id, { url: undefined });
    return graphJson({ success: true });
  }
  if (url.length > URL_LIMIT || !URL.canParse(url)) {
    return parameterError(`override_callback_uri must be a URL of at most ${URL_LIMIT} characters`);
  }
  const token = string(body['verify_token']);
  if (!token) return parameterError('verify_token is required together with override_callback_uri');
  // Before it is kept: an address that does not know the token never hears of anybody's messages.
  if (!(await shakeHands(world, url, token))) {
    return graphError(2200, `${url} did not answer the challenge`);
  }
  world.shelf<Subscription>('meta_subscription').put(id, { url });
  return graphJson({ success: true });
}

/** the number's own override: `POST /{number} {webhook_configuration}`; an empty address removes it */
export async function configureNumber(
  world: EmulatorWorld,
  account: EmulatorAccount,
  body: Fields,
): Promise<EmulatorAnswer> {
  const configuration = fields(body['webhook_configuration']);
  if (body['webhook_configuration'] === undefined) return parameterError('Nothing to change was given');
  if (string(configuration['override_callback_uri']) === '') return unsubscribe(world, account.phoneNumberId);
  return subscribe(world, account.phoneNumberId, configuration);
}

export function unsubscribe(world: EmulatorWorld, id: string): EmulatorAnswer {
  world.shelf<Subscription>('meta_subscription').delete(id);
  return graphJson({ success: true });
}

export function listSubscriptions(world: EmulatorWorld, id: string): EmulatorAnswer {
  const subscription = world.shelf<Subscription>('meta_subscription').get(id);
  if (!subscription) return graphJson({ data: [] });
  const app = {
    whatsapp_business_api_data: { id: '670843887433847', name: 'Tidings sandbox', link: 'https://localhost/' },
  };
  const override = subscription.url === undefined ? {} : { override_callback_uri: subscription.url };
  return graphJson({ data: [{ ...app, ...override }] });
}

async function shakeHands(world: EmulatorWorld, url: string, token: string): Promise<boolean> {
  // The dots in the names are part of it: a framework that makes objects of them loses the three.
  const challenge = String(randomInt(1_000_000_000, 2_000_000_000));
  const asked = new URL(url);
  asked.searchParams.set('hub.mode', 'subscribe');
  asked.searchParams.set('hub.challenge', challenge);
  asked.searchParams.set('hub.verify_token', token);
  const answer = await world.ask(asked.href);
  // As plain text. A line's end behind it is forgiven, JSON around it is not.
  return answer.status === 200 && answer.body.trim() === challenge;
}
