/** Senders: a provider's account with its secrets, sealed in the database and opened on the way to the adapter. */
import type { Values } from '#db/column.ts';
import { randomBase62 } from '#lib/id.ts';
import type { Core } from '../context.ts';
import type { SenderAccess, SenderSecret } from '../provider.ts';
import { senderFind } from '../worker-statements.ts';
import { senderRead, senderReadDefault, senderSave } from './statements.ts';

export interface SenderSetup {
  id: string;
  provider: string;
  name: string;
  address: string | null;
  account: Record<string, string>;
  secret: SenderSecret;
  throughputPerSecond: number;
}

type Deps = Pick<Core, 'db' | 'secrets' | 'clock' | 'providers' | 'publicUrl'>;

/** Bound into the ciphertext: a secret that somebody copies to another sender's row does not open there. */
const place = (tenant: string, id: string) => `${tenant}/sender/${id}/secret`;

export async function saveSender(
  { db, secrets, clock, providers }: Omit<Deps, 'publicUrl'>,
  tenant: string,
  setup: SenderSetup,
): Promise<void> {
  const provider = providers.get(setup.provider);
  if (!provider) throw new Error(`no provider is called ${setup.provider}`);
  await db.run(tenant, senderSave, {
    id: setup.id,
    // Of the webhook's address. Only the first save's counts: the provider has it written down.
    key: randomBase62(24),
    provider: setup.provider,
    channel: provider.channel,
    name: setup.name,
    address: setup.address,
    account: setup.account,
    secret: secrets.seal(place(tenant, setup.id), JSON.stringify(setup.secret)),
    throughput: setup.throughputPerSecond,
    now: clock.machine(),
    refusals_from: clock.now(),
  });
}

export interface OpenSender extends SenderAccess {
  tenant: string;
  key: string;
  status: string;
  portfolioLimit: number | null;
}

/** By the machine's clock. A changed secret is used by all processes after this long, without anybody telling them. */
const CACHE_MS = 2_000;

/**
 * Opening a sender is a query and two decryptions, and every webhook and every send needs it: three quarters of the
 * cost of taking a status. Two seconds of memory is short enough that a rotated secret is never missed for long.
 */
export class SenderDirectory {
  readonly #deps: Deps;
  // Promises and not rows: of many that ask in the same moment one reads, and the others wait for its answer.
  readonly #byId = new Map<string, { sender: Promise<OpenSender | undefined>; until: number }>();
  readonly #byKey = new Map<string, { found: Promise<{ tenant: string; id: string } | undefined>; until: number }>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async byId(tenant: string, id: string): Promise<OpenSender | undefined> {
    const now = this.#deps.clock.machine();
    const key = `${tenant}/${id}`;
    const cached = this.#byId.get(key);
    if (cached && cached.until > now) return cached.sender;
    const sender = this.#deps.db.run(tenant, senderRead, { id }).then(rows => this.#open(tenant, rows[0]));
    remember(this.#byId, key, { sender, until: now + CACHE_MS }, sender);
    return sender;
  }

  async byKey(key: string): Promise<OpenSender | undefined> {
    const now = this.#deps.clock.machine();
    let cached = this.#byKey.get(key);
    if (!cached || cached.until <= now) {
      const found = this.#deps.db
        .worker(senderFind, { key })
        .then(rows => (rows[0] ? { tenant: rows[0].tenant_id, id: rows[0].id } : undefined));
      cached = { found, until: now + CACHE_MS };
      remember(this.#byKey, key, cached, found);
    }
    const found = await cached.found;
    return found && this.byId(found.tenant, found.id);
  }

  async byDefault(tenant: string, channel: string): Promise<OpenSender | undefined> {
    const now = this.#deps.clock.machine();
    const key = `${tenant}/${channel}`;
    const cached = this.#byId.get(key);
    if (cached && cached.until > now) return cached.sender;
    const sender = this.#deps.db.run(tenant, senderReadDefault, { channel }).then(rows => this.#open(tenant, rows[0]));
    remember(this.#byId, key, { sender, until: now + CACHE_MS }, sender);
    return sender;
  }

  /** For whoever has just written a sender: the next look-up reads it. */
  forget(): void {
    this.#byId.clear();
    this.#byKey.clear();
  }

  #open(tenant: string, row: Values<typeof senderRead.row> | undefined): OpenSender | undefined {
    if (!row) return undefined;
    // Opened here and nowhere else: what the database gives out, and what a backup holds, is sealed.
    const secret = JSON.parse(this.#deps.secrets.open(place(tenant, row.id), row.secret)) as SenderSecret;
    return {
      id: row.id,
      tenant,
      key: row.key,
      provider: row.provider,
      account: row.account,
      secret,
      webhookUrl: `${this.#deps.publicUrl()}/api/webhooks/${row.provider}/${row.key}`,
      status: row.status,
      portfolioLimit: row.portfolio_limit,
    };
  }
}

/** Unknown keys arrive from anywhere, so the maps are bounded; a failed look-up is not remembered. */
function remember<T>(map: Map<string, T>, key: string, entry: T, outcome: Promise<unknown>): void {
  if (map.size >= 5_000) map.clear();
  map.set(key, entry);
  outcome.catch(() => map.delete(key));
}
