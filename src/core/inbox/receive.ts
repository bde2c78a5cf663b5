/** Takes a webhook: verified over its raw bytes, committed before the 200, looked at later. */
import { createHash } from 'node:crypto';
import type { Values } from '#db/column.ts';
import type { Db } from '#db/db.ts';
import { isDuplicate, isUnavailable } from '#db/errors.ts';
import { type Instant, utcDay } from '#lib/clock.ts';
import { type Coalescer, coalesce } from '#lib/coalesce.ts';
import { Fault } from '#lib/fault.ts';
import { newId, uuidFromDigest } from '#lib/id.ts';
import type { Core } from '../context.ts';
import type { Provider, WebhookRequest } from '../provider.ts';
import type { OpenSender } from '../senders/sender.ts';
import { inboxStore, inboxStoreNew } from './statements.ts';

/** As it came: the target is path and query, byte for byte. */
export interface Incoming extends Pick<WebhookRequest, 'headers' | 'body'> {
  target: string;
}

interface Delivery {
  id: string;
  sender: string;
  lane: 'people' | 'receipts';
  at: Instant;
  query: string;
  body: Buffer;
}

/** How long raw webhooks are kept: longer than any provider repeats one, and long enough to read what really came. */
export const INBOX_DAYS = 30;

/** Deliveries of one tenant that arrive together share one commit; two commits may be under way at once. */
const BATCH = { maxBatch: 200, parallel: 2 };

export interface Receiver {
  receive(sender: OpenSender, incoming: Incoming): Promise<void>;
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
    const seqs = deliveries.map(() => newId());
    // Before the commit: from then on anybody may claim them.
    for (const [index, seq] of seqs.entries()) core.inHand.keep(seq, deliveries[index]!);
    const bodies = deliveries.map(delivery => delivery.body);
    const params = {
      day: utcDay(core.clock.machine()),
      ids: deliveries.map(delivery => delivery.id),
      senders: deliveries.map(delivery => delivery.sender),
      lanes: deliveries.map(delivery => delivery.lane),
      seqs,
      ats: deliveries.map(delivery => delivery.at),
      queries: deliveries.map(delivery => delivery.query),
      offsets,
      lengths,
      bodies: Buffer.concat(bodies, end),
    };
    // Of a repetition nothing is stored, and nobody asks for it.
    const unclaimed = new Set(seqs);
    try {
      for (const seq of await storeOnce(core.db, tenant, params)) unclaimed.delete(seq);
    } finally {
      for (const seq of unclaimed) core.inHand.take(seq);
    }
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
    receive: async (sender, { headers, target, body }) => {
      const at = core.clock.now();
      const provider = core.providers.get(sender.provider);
      const request = { headers, url: core.publicUrl() + target, body };
      if (!provider?.webhook.verify(request, sender.secret.webhookSecrets)) throw new Fault('signature_invalid');
      const query = saidInAddress(provider, target);
      // The sender too: the same bytes may be meant for two numbers, and each is told.
      const digest = createHash('sha256').update(sender.id).update(query).update(body).digest();
      const delivery = {
        id: uuidFromDigest(digest),
        sender: sender.id,
        lane: provider.webhook.lane(body),
        at,
        query,
        body,
      };
      await laneOf(sender.tenant)(delivery);
      // failpoint: after_webhook
    },
    pending: () => [...byTenant.values()].reduce((sum, lane) => sum + lane.pending(), 0),
  };
}

/** Answers the places in the queue of what was stored. */
async function storeOnce(db: Db, tenant: string, params: Values<typeof inboxStore.params>): Promise<readonly string[]> {
  try {
    await db.run(tenant, inboxStore, params);
    return params.seqs;
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    return (await db.run(tenant, inboxStoreNew, params)).map(row => row.seq);
  }
}

/**
 * The query, where our id comes back in it. Elsewhere the signature does not cover it: kept and digested, anybody's copy of
 * a webhook would be another one for every query that is put behind the address.
 */
function saidInAddress({ capabilities }: Provider, target: string): string {
  const queryAt = target.indexOf('?');
  return capabilities.correlation !== 'url' || queryAt === -1 ? '' : target.slice(queryAt + 1);
}
