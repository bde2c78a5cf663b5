/** What people read about a business beside its name: shown and changed at `/{number}/whatsapp_business_profile`. */
import type { EmulatorAccount, EmulatorAnswer, EmulatorWorld } from '#core/emulation.ts';
import { type Fields, string } from './fields.ts';
import { graphJson, parameterError } from './graph-answers.ts';
import { isHandle } from './uploads.ts';

/** In characters; what is not named can't be set. */
const LIMITS: Readonly<Record<string, number>> = { about: 139, address: 256, description: 512, email: 128 };
const WEBSITES = 2;
const WEBSITE_LIMIT = 256;
// biome-ignore format: a list
const VERTICALS = [
  'ALCOHOL', 'APPAREL', 'AUTO', 'BEAUTY', 'EDU', 'ENTERTAIN', 'EVENT_PLAN', 'FINANCE', 'GOVT', 'GROCERY', 'HEALTH',
  'HOTEL', 'NONPROFIT', 'ONLINE_GAMBLING', 'OTC_DRUGS', 'OTHER', 'PHYSICAL_GAMBLING', 'PROF_SERVICES', 'RESTAURANT',
  'RETAIL', 'TRAVEL', 'UNDEFINED', 'NOT_A_BIZ',
];

const shelf = (world: EmulatorWorld) => world.shelf<Fields>('meta_profile');

export function showProfile(world: EmulatorWorld, account: EmulatorAccount, wanted: string | null): EmulatorAnswer {
  const known = shelf(world).get(account.phoneNumberId) ?? {};
  const fields = wanted?.split(',').map(field => field.trim()) ?? ['about', 'messaging_product'];
  const shown = Object.fromEntries(
    fields.flatMap(field => (known[field] === undefined ? [] : [[field, known[field]]])),
  );
  return graphJson({ data: [{ ...shown, messaging_product: 'whatsapp' }] });
}

/** Only what is named changes. */
export function changeProfile(world: EmulatorWorld, account: EmulatorAccount, body: Fields): EmulatorAnswer {
  const { messaging_product: product, profile_picture_handle: handle, websites, vertical, ...texts } = body;
  if (product !== 'whatsapp') return parameterError('The parameter messaging_product is required.');
  for (const [field, value] of Object.entries(texts)) {
    const most = LIMITS[field];
    if (most === undefined) return parameterError(`Param ${field} is not supported`);
    if ((string(value)?.length ?? most + 1) > most)
      return parameterError(`Param ${field} must be at most ${most} characters long.`);
  }
  if (texts['about'] === '') return parameterError('Param about must not be empty');
  if (vertical !== undefined && !VERTICALS.includes(String(vertical)))
    return parameterError(`Param vertical must be one of {${VERTICALS.join(', ')}}`);
  if (websites !== undefined && !areWebsites(websites))
    return parameterError(`Param websites takes at most ${WEBSITES} addresses of ${WEBSITE_LIMIT} characters.`);
  // The handle of an upload, as templates have them; what is shown then is an address of the picture's own.
  if (handle !== undefined && !isHandle(world, String(handle)))
    return parameterError('Param profile_picture_handle is not one that an upload has answered');
  const given = {
    ...texts,
    ...(websites === undefined ? {} : { websites }),
    ...(vertical === undefined ? {} : { vertical }),
  };
  const picture =
    handle === undefined ? {} : { profile_picture_url: `https://pps.whatsapp.net/${account.phoneNumberId}` };
  shelf(world).put(account.phoneNumberId, { ...shelf(world).get(account.phoneNumberId), ...given, ...picture });
  return graphJson({ success: true });
}

const areWebsites = (value: unknown): boolean =>
  Array.isArray(value) &&
  value.length <= WEBSITES &&
  value.every(one => typeof one === 'string' && one.length <= WEBSITE_LIMIT && /^https?:\/\/[^/]/.test(one));
