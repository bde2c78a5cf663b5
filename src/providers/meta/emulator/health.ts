/** `health_status`: whether messages can be sent, and which of the things that they go through is in the way. */
import type { EmulatorAccount, EmulatorWorld } from '#core/emulation.ts';
import type { Fields } from './fields.ts';
import { accountSettings, numberSettings } from './number-settings.ts';
import type { TemplateDocument } from './template-document.ts';
import { APP_ID } from './uploads.ts';
import { PORTFOLIO_ID } from './webhooks.ts';

type Standing = 'AVAILABLE' | 'LIMITED' | 'BLOCKED';
type Entity = {
  entity_type: string;
  id: string;
  can_send_message: Standing;
  errors?: Fields[];
  additional_info?: string[];
};

/** From the node that was asked up to the app; the worst of them is the answer. */
export function healthOf(
  world: EmulatorWorld,
  account: EmulatorAccount,
  node: 'account' | 'number' | TemplateDocument,
): Fields {
  const entities = [
    ...(typeof node === 'object' ? [templateHealth(node)] : []),
    ...(node === 'number' ? [numberHealth(world, account)] : []),
    accountHealth(world, account),
    { entity_type: 'BUSINESS', id: PORTFOLIO_ID, can_send_message: 'AVAILABLE' as const },
    { entity_type: 'APP', id: APP_ID, can_send_message: 'AVAILABLE' as const },
  ];
  const worst = (['BLOCKED', 'LIMITED'] as const).find(standing =>
    entities.some(one => one.can_send_message === standing),
  );
  return { can_send_message: worst ?? 'AVAILABLE', entities };
}

function templateHealth({ id, status }: TemplateDocument): Entity {
  const entity = { entity_type: 'MESSAGE_TEMPLATE', id };
  if (status === 'APPROVED') return { ...entity, can_send_message: 'AVAILABLE' };
  return {
    ...entity,
    can_send_message: 'BLOCKED',
    errors: [problem(status === 'PAUSED' ? 132015 : 132001, `The template is ${status}`)],
  };
}

function numberHealth(world: EmulatorWorld, account: EmulatorAccount): Entity {
  const { status, quality } = numberSettings(world, account);
  const entity = { entity_type: 'PHONE_NUMBER', id: account.phoneNumberId };
  if (status !== 'CONNECTED') {
    const code = ['BANNED', 'RESTRICTED'].includes(status) ? 131031 : 133010;
    return { ...entity, can_send_message: 'BLOCKED', errors: [problem(code, `The phone number is ${status}`)] };
  }
  if (quality !== 'RED') return { ...entity, can_send_message: 'AVAILABLE' };
  return { ...entity, can_send_message: 'LIMITED', additional_info: ['The quality of the phone number is low'] };
}

function accountHealth(world: EmulatorWorld, account: EmulatorAccount): Entity {
  const { banned, restrictions } = accountSettings(world, account.businessAccountId);
  const entity = { entity_type: 'WABA', id: account.businessAccountId };
  if (banned)
    return { ...entity, can_send_message: 'BLOCKED', errors: [problem(131031, 'The account has been disabled')] };
  if (restrictions.length === 0) return { ...entity, can_send_message: 'AVAILABLE' };
  return { ...entity, can_send_message: 'LIMITED', errors: restrictions.map(restriction => problem(368, restriction)) };
}

const problem = (error_code: number, error_description: string): Fields => ({
  error_code,
  error_description,
  possible_solution: 'A control of the sandbox has done this, and can undo it.',
});
