/** Takes a webhook: verified over its raw bytes, committed before the 200, looked at later. */
import { createHash } from 'node:crypto';
import { isUnavailable } from '#db/errors.ts';
import { utcDay } from '#lib/clock.ts';
import { type Coalescer, coalesce } from '#lib/coalesce.ts';
import { Fault } from '#lib/fault.ts';
import { newId, uuidFromDigest } from '#lib/id.ts';
import type { Core } from '../context.ts';
import type { OpenSender } from '../senders/sender.ts';
import { inboxStore } from './statements.ts';

export type Headers = Readonly<Record<string, string | undefined>>;

interface Delivery {
  id: string;
  sender: string;
  lane: 'people' | 'receipts';
  body: Buffer;
}

/** How long raw webhooks are kept: longer than any provider repeats one, and long enough to read what really came. */
export const INBOX_DAYS = 30;

/** Deliveries of one tenant that arrive together share one commit; two commits may be under way at once. */
const BATCH = { maxBatch: 200, parallel: 2 };

export interface Receiver {
  receive(sender: OpenSender, headers: Headers, body: Buffer): Promise<void>;
  pending(): number;
}

export function createReceiver(core: Core): Receiver {
  const byTenant = new Map<string, Coalescer<Delivery, void>>();

  const store = (tenant: string) => async (deliveries: Delivery[]) => {
    const lengths = deliveries.map(delivery => delivery.body.length);
    let end = 0;
    const offsets = lengths.map(length => {
      end += length;
      return end - length;
    });
    await core.db.run(tenant, inboxStore, {
      day: utcDay(core.clock.machine()),
      ids: deliveries.map(delivery => delivery.id),
      senders: deliveries.map(delivery => delivery.sender),
      lanes: deliveries.map(delivery => delivery.lane),
      seqs: deliveries.map(() => newId()),
      offsets,
      lengths,
      bodies: Buffer.concat(
        deliveries.map(delivery => delivery.body),
        end,
      ),
    });
    core.wake('inbox');
    return deliveries.map(() => undefined);
  };

  const laneOf = (tenant: string) => {
    let lane = byTenant.get(tenant);
    if (!lane) {
      lane = coalesce({ ...BATCH, tryAlone: error => !isUnavailable(error) }, store(tenant));
      byTenant.set(tenant, lane);
    }
    return lane;
  };

  return {
    receive: async (sender, headers, body) => {
      const provider = core.providers.get(sender.provider);
      if (!provider?.webhook.verify(headers, body, sender.secret.webhookSecrets)) throw new Fault('signature_invalid');
      // The sender too: the same bytes may be meant for two numbers, and each is told.
      const id = uuidFromDigest(createHash('sha256').update(sender.id).update(body).digest());
      await laneOf(sender.tenant)({ id, sender: sender.id, lane: provider.webhook.lane(body), body });
    },
    pending: () => [...byTenant.values()].reduce((sum, lane) => sum + lane.pending(), 0),
  };
}
