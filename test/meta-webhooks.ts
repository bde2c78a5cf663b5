/** Webhooks as the Meta platform signs and sends them, for what the emulator's phones do not do by themselves. */
import { createHmac } from 'node:crypto';
import type { Answer, Harness } from './harness.ts';
import { APP_SECRET, PNID } from './platforms.ts';

export const WABA = '200000000000001';

export const sign = (body: string, secret = APP_SECRET): string =>
  `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;

/** Values of the field `messages`, in one POST. */
export const envelope = (...values: object[]): string =>
  JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [
      {
        id: WABA,
        changes: values.map(value => ({
          field: 'messages',
          value: { messaging_product: 'whatsapp', metadata: { phone_number_id: PNID }, ...value },
        })),
      },
    ],
  });

/** As the platform brings it, or with another signature than its own. */
export const deliver = (h: Harness, body: string, signature: string | null = sign(body)): Promise<Answer> =>
  h.post('/api/wa/webhook', body, { headers: signature === null ? {} : { 'x-hub-signature-256': signature } });

/** Whole seconds, as text: as the platform tells its time. */
export const seconds = (h: Harness, offset = 0): string => String(Math.floor(h.clock.now() / 1000) + offset);

export const status = (h: Harness, id: string, name: string, extra: object = {}) => ({
  id,
  status: name,
  timestamp: seconds(h),
  recipient_id: '40712345678',
  ...extra,
});
