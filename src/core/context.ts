/** What every use case is handed. Made once in app.ts; a value, not a container: no lookup by name, no life cycle. */
import type { Db } from '#db/db.ts';
import type { Clock } from '#lib/clock.ts';
import type { Log } from '#lib/log.ts';
import type { Outbound } from '#lib/outbound.ts';
import type { InHand } from './inbox/in-hand.ts';
import type { Admission, SendCommand } from './messages/command.ts';
import type { ProviderRegistry, Wire } from './provider.ts';
import type { SecretBox } from './senders/secret.ts';
import type { SenderDirectory } from './senders/sender.ts';
import type { Keyring } from './tenants/keyring.ts';
import type { SettingsDirectory } from './tenants/settings-directory.ts';
import type { ErasePerson } from './vertical.ts';

export interface Core {
  db: Db;
  clock: Clock;
  log: Log;
  providers: ProviderRegistry;
  wire: Wire;
  /** For addresses that tenants write down: only the public internet answers, and with bytes. */
  publicWeb: Pick<Outbound, 'request'>;
  secrets: SecretBox;
  /** The tenants' own keys. */
  keys: Keyring;
  senders: SenderDirectory;
  /** What tenants have set, a second old at the most. */
  settings: SettingsDirectory;
  /** How each vertical takes a person out of its own tables. */
  erasers: readonly ErasePerson[];
  /** Under which providers reach the service, without a slash at its end. */
  publicUrl(): string;
  random(): number;
  /** A short wait of the machine's clock; business time is never waited for. */
  pause(ms: number): Promise<void>;
  /** Webhooks that were stored a moment ago, for whoever applies them. */
  inHand: InHand;
  /** Single sends of a tenant that arrive together share one batch and one commit. */
  send(tenant: string, command: SendCommand): Promise<Admission>;
  /** Tells this process's workers that there is something to do; other processes find it by looking. */
  wake(what: 'messages' | 'inbox'): void;
}
