/** `POST /{number}/messages`: checked in the order in which Meta complains, then accepted. */
import type { EmulatorAccount, EmulatorAnswer, EmulatorWorld, MessageContent } from '#core/emulation.ts';
import { categoryRefusal } from './category-rules.ts';
import { type Fields, fields, list, string } from './fields.ts';
import { graphError, graphJson, parameterError } from './graph-answers.ts';
import { newMessageId, userIdOf, waIdOf } from './identity.ts';
import { capMarketing } from './marketing-cap.ts';
import { attachmentRefusal } from './media.ts';
import { readContent } from './message-content.ts';
import { standingRefusal } from './number-settings.ts';
import { markReached, reachRefusal } from './portfolio-reach.ts';
import { pricingOf } from './pricing.ts';
import { rateRefusal, windowIsOpen, windowRefusal } from './rate-rules.ts';
import { templateKey, templateShelf } from './template-document.ts';
import { fillTemplate } from './template-fill.ts';
import { settleTemplate } from './template-verdict.ts';

/** The platform hands it back in the statuses and does nothing else with it. */
const CALLBACK_DATA_LIMIT = 512;

export type SendEdge = 'messages' | 'marketing_messages';

export function sendMessage(
  world: EmulatorWorld,
  account: EmulatorAccount,
  edge: SendEdge,
  body: Fields,
): EmulatorAnswer | Promise<EmulatorAnswer> {
  if (body['messaging_product'] !== 'whatsapp') return parameterError('The parameter messaging_product is required.');
  if (body['status'] === 'read') return markRead(world, body);
  const correlation = string(body['biz_opaque_callback_data']);
  if ((correlation?.length ?? 0) > CALLBACK_DATA_LIMIT) {
    return parameterError(`Param biz_opaque_callback_data must be at most ${CALLBACK_DATA_LIMIT} characters long.`);
  }
  const type = string(body['type']) ?? (body['text'] === undefined ? undefined : 'text');
  if (!type) return graphError(131008, "Parameter 'type' is required");

  // Whom, whether at all, what, and how fast, in this order: the first that does not hold is the answer.
  const recipient = readRecipient(world, account, body);
  if ('status' in recipient) return recipient;
  const refusal = standingRefusal(world, account, type === 'template');
  if (refusal) return refusal;

  const content =
    type === 'template' ? readTemplate(world, account, edge, fields(body['template'])) : readContent(world, type, body);
  if ('status' in content) return content;
  const wrongCategory = categoryRefusal(world, account, content, recipient.byUserId);
  if (wrongCategory) return wrongCategory;
  const replyTo = string(fields(body['context'])['message_id']);
  if (replyTo !== undefined) content.replyTo = replyTo;

  const phone = world.phone(recipient.phone);
  if (world.rules) {
    const tooFast = rateRefusal(world, account, phone);
    if (tooFast) return tooFast;
    if (!windowIsOpen(world, account, phone)) {
      if (type !== 'template') return windowRefusal();
      const tooMany = reachRefusal(world, account, phone);
      if (tooMany) return tooMany;
    }
    if (String(content.memo?.['category']).startsWith('marketing')) capMarketing(world, account, phone, content);
    // What will not arrive uses nothing up.
    if (!content.failure && !windowIsOpen(world, account, phone)) {
      markReached(world, account, phone);
      content.memo = { ...content.memo, first: true };
    }
  }
  content.memo = { ...content.memo, pricing: pricingOf(world, account, phone, content) };
  return accept(world, account, recipient, content, correlation, body);
}

type Recipient = { phone: string; input: string; byUserId: boolean };

/**
 * `to` wins over `recipient`; digits without a plus are taken as international. The real platform puts the business's
 * own country before them, which may make it a stranger's: a client that leaves the plus out is not found out.
 */
function readRecipient(world: EmulatorWorld, account: EmulatorAccount, body: Fields): Recipient | EmulatorAnswer {
  const to = string(body['to']);
  if (to === undefined) {
    const userId = string(body['recipient']);
    if (userId === undefined) return parameterError('The parameter to is required.');
    // An id of another portfolio is nobody's: each business is told one of its own for the same person.
    for (const phone of world.phones()) {
      if (userIdOf(phone, account) === userId) return { phone: phone.phone, input: userId, byUserId: true };
    }
    return graphError(131026, 'Message Undeliverable.');
  }
  const digits = to.replace(/[\s().-]/g, '').replace(/^\+/, '');
  if (!/^[1-9]\d{6,14}$/.test(digits)) return graphError(131009, `to: '${to}' is not a phone number`);
  if (digits === account.displayPhoneNumber.replace(/\D/g, '')) {
    return graphError(131021, 'Recipient phone number cannot be the sender phone number');
  }
  return { phone: `+${digits}`, input: to, byUserId: false };
}

function readTemplate(
  world: EmulatorWorld,
  account: EmulatorAccount,
  edge: SendEdge,
  source: Fields,
): MessageContent | EmulatorAnswer {
  const name = string(source['name']);
  const language = string(fields(source['language'])['code']);
  if (!name) return graphError(131008, "Parameter 'template.name' is required");
  if (!language) return graphError(131008, "Parameter 'template.language.code' is required");
  const known = templateShelf(world).get(templateKey(account.businessAccountId, name, language));
  const template = known && settleTemplate(world, account, known);
  if (template?.status === 'PAUSED')
    return graphError(132015, `Template ${name} (${language}) is paused due to low quality`);
  if (template?.status === 'DISABLED') return graphError(132016, `Template ${name} (${language}) is disabled`);
  // The language too has to be that very one: the platform falls back to no other.
  if (template?.status !== 'APPROVED') {
    return graphError(132001, `template name (${name}) does not exist in ${language}`);
  }
  // This door is for marketing alone; the ordinary one takes all three categories.
  if (edge === 'marketing_messages' && template.category !== 'MARKETING') {
    return graphError(131055, 'Only marketing templates can be sent by this endpoint');
  }
  const content = fillTemplate(template, list(source['components']));
  if ('status' in content) return content;
  const refused = content.document && attachmentRefusal(world, content.document);
  if (refused) return refused;
  // the category at the time of sending is the one that is charged
  const category = template.category.toLowerCase();
  content.memo = { category: edge === 'marketing_messages' ? 'marketing_lite' : category };
  return content;
}

/** There is no key by which a repeated call would be known: the same body twice is two messages on the phone. */
function accept(
  world: EmulatorWorld,
  account: EmulatorAccount,
  recipient: Recipient,
  content: MessageContent,
  correlation: string | undefined,
  request: Fields,
): EmulatorAnswer | Promise<EmulatorAnswer> {
  const { phone, input, byUserId } = recipient;
  const waId = waIdOf(phone);
  const id = newMessageId(waId, 'out');
  if (byUserId) content.memo = { ...content.memo, to_user_id: input };
  const written = world.accept({ id, account, phone, content, correlation, request });
  // As it was addressed: who is written to by the scoped id stays without a number in the answer.
  const who = byUserId ? `"user_id":${JSON.stringify(input)}` : `"wa_id":"${waId}"`;
  // Templates only. Meta's pages disagree about when it comes, so a client has to do without it.
  const state = content.type === 'template' ? ',"message_status":"accepted"' : '';
  const answer: EmulatorAnswer = {
    status: 200,
    body:
      `{"messaging_product":"whatsapp","contacts":[{"input":${JSON.stringify(input)},${who}}],` +
      `"messages":[{"id":"${id}"${state}}]}`,
    accepted: true,
  };
  return written ? written.then(() => answer) : answer;
}

/** This message only. On the platform the earlier ones of the chat are read with it. */
function markRead(world: EmulatorWorld, body: Fields): EmulatorAnswer {
  const message = world.message(string(body['message_id']) ?? '');
  if (message?.direction !== 'in')
    return graphError(131009, 'message_id does not belong to a message that was received');
  world.markInboundRead(message);
  return graphJson({ success: true });
}
