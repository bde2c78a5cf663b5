/**
 * What the emulated APIs answer: resources as JSON, refusals in the older API's four fields. (The newest APIs answer with
 * problem documents; the Content API does not yet.)
 */
import type { EmulatorAnswer, MessageFailure } from '#core/emulation.ts';
import { DAY_MS, iso, utcDay } from '#lib/clock.ts';

/** the sentence of each code, and the HTTP status where it is no 400 */
const ERRORS: Record<number, { message: string; status?: number }> = {
  20001: { message: 'Invalid parameter' },
  20003: { message: 'Authenticate', status: 401 },
  20404: { message: 'The requested resource was not found', status: 404 },
  20429: { message: 'Too Many Requests', status: 429 },
  20500: { message: 'Internal Server Error', status: 500 },
  21211: { message: "Invalid 'To' Phone Number" },
  21408: { message: 'Permission to send to this region has not been enabled' },
  21602: { message: 'Message body is required' },
  21603: { message: "A 'From' phone number is required" },
  21604: { message: "A 'To' phone number is required" },
  21606: { message: "The 'From' phone number is not capable of sending this message" },
  21609: { message: "Invalid 'StatusCallback' URL" },
  21610: { message: 'Attempt to send to unsubscribed recipient' },
  21611: { message: "This 'From' number has exceeded the maximum number of queued messages" },
  21617: { message: 'The concatenated message body exceeds the 1600 character limit' },
  21655: { message: 'The ContentSid is invalid' },
  21656: { message: 'The ContentVariables parameter is invalid' },
  21910: { message: "Invalid 'From' and 'To' pair: both have to be of the same channel" },
  63003: { message: "Channel could not find 'To' address" },
  63005: { message: 'The channel did not accept the content' },
  63007: { message: "Could not find a channel with the specified 'From' address" },
  63013: { message: 'The message violates a policy of the channel' },
  63014: { message: 'The message was blocked by an action of the person' },
  63016: { message: 'Free-form message outside the allowed window: use a template' },
  63018: { message: 'Rate limit exceeded for the channel' },
  63024: { message: 'Invalid message recipient' },
  63028: { message: 'The number of parameters does not match the template' },
  63031: { message: "'To' and 'From' are the same" },
  63040: { message: 'The template was rejected' },
  63041: { message: 'The template is paused' },
  63042: { message: 'The template is disabled' },
  63051: { message: 'The WhatsApp Business Account is locked' },
};

export function json(value: unknown, status = 200): EmulatorAnswer {
  return { status, body: JSON.stringify(value) };
}

// Whoever branches on the words will be surprised one day, so ours are not the vendor's: clients have to go by the code.
export function refusal(code: number, detail?: string): EmulatorAnswer {
  const { message, status = 400 } = ERRORS[code] ?? { message: 'Something is wrong with this request' };
  const more_info = `https://www.twilio.com/docs/errors/${code}`;
  return json({ code, message: detail === undefined ? message : `${message}: ${detail}`, more_info, status }, status);
}

/** of a message that is accepted all the same, and reported as failed a moment later */
export function failureOf(code: number): MessageFailure {
  return { code, title: ERRORS[code]?.message ?? 'Unknown error' };
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** 'Sat, 21 Nov 2026 09:00:00 +0000', as the older API writes instants; the first of January 1970 was a Thursday */
export function rfc2822(instantMs: number): string {
  const [year, month, day] = utcDay(instantMs).split('-');
  const weekday = DAYS[(Math.floor(instantMs / DAY_MS) + 4) % 7];
  return `${weekday}, ${day} ${MONTHS[Number(month) - 1]} ${year} ${iso(instantMs).slice(11, 19)} +0000`;
}

/** the newer API's, without fractions */
export function isoSeconds(instantMs: number): string {
  return `${iso(instantMs).slice(0, 19)}Z`;
}
