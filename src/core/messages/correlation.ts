/** Our id on its way through the provider: the message and the attempt, so that a receipt names both without a look-up. */
import { parsePublicId, publicId } from '#lib/id.ts';

export const idText = (messageId: string, attempt: number): string => `${publicId('message', messageId)}.${attempt}`;

/**
 * Undefined for whatever else stands there: another program may send by the same number, and its receipts come here.
 */
export function parseCorrelation(text: string | undefined): { messageId: string; attempt: number } | undefined {
  const [id, attempt] = (text ?? '').split('.');
  const messageId = id === undefined ? undefined : parsePublicId('message', id);
  return messageId !== undefined && attempt !== undefined && /^\d{1,4}$/.test(attempt)
    ? { messageId, attempt: Number(attempt) }
    : undefined;
}

/**
 * For providers that fold what is sent twice by one key. A doubt keeps it, so that the copy that follows is none; a definite no
 * or a person who puts the message back begins another, or the provider would repeat its no.
 */
export const keyText = (messageId: string, closedAttempt: number, retries: number): string =>
  `${publicId('message', messageId)}.${closedAttempt}.${retries}`;
