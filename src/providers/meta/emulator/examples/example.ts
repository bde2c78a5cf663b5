/** What an example of a webhook is made of. */
import type {
  EmulatedPhone,
  EmulatorAccount,
  EmulatorWorld,
  MessageAttachment,
  TemplateChange,
} from '#core/emulation.ts';
import type { Fields } from '../fields.ts';
import { userIdOf, waIdOf } from '../identity.ts';
import { metadataOf } from '../webhooks.ts';

/** Whom and what an example speaks of. */
export type Scene = {
  world: EmulatorWorld;
  account: EmulatorAccount;
  phone: EmulatedPhone;
  waId: string;
  userId: string;
  /** the business's number, digits alone */
  ours: string;
  metadata: Record<string, string>;
  /** seconds, as account fields and preferences have them: a number */
  now: number;
  /** the latest message to this person, or one that nobody has sent */
  sent: string;
};

/** What the person writes: kept on the phone, and told like everything that they write. */
export type Written = {
  type: string;
  text: string;
  document?: MessageAttachment;
  /** the fields of the message beside `from`, `id` and `timestamp` */
  wire: Fields;
  /** beside `messages`, in the same value */
  value?: Fields;
  /** people's numbers, names and ids are missing */
  withoutContacts?: true;
  /** nothing that a person says: the platform does not say that it opens a window, so it opens none */
  silent?: true;
};

export type Example = {
  field: string;
  example: string;
  says: string;
  /** the platform's pages, as far as they are known to us, name the field and show no value */
  guessed?: true;
} /** `stops`: where the person’s switch for marketing stands afterwards */ & (
  | { value: (scene: Scene) => Fields; stops?: boolean }
  /** the whole entry, where its shape is what is odd */
  | { entry: (scene: Scene) => Fields }
  | { written: (scene: Scene) => Written }
  | { event: (scene: Scene) => Fields }
  | { template: TemplateChange; mislabelled?: true }
);

export function sceneOf(world: EmulatorWorld, account: EmulatorAccount, phone: EmulatedPhone): Scene {
  const theirs = phone.messages.filter(
    ({ direction, number }) => direction === 'out' && number === account.phoneNumberId,
  );
  return {
    world,
    account,
    phone,
    waId: waIdOf(phone.phone),
    userId: userIdOf(phone, account),
    ours: account.displayPhoneNumber.replace(/\D/g, ''),
    metadata: metadataOf(account),
    now: Math.floor(world.now() / 1_000),
    sent: theirs.at(-1)?.id ?? 'wamid.HBgLNDA3MTIzNDU2NzgVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA',
  };
}

/** an error as the platform writes it beside messages: the title stands twice */
export const failure = (code: number, title: string, details: string): Fields => ({
  code,
  title,
  message: title,
  error_data: { details },
});
