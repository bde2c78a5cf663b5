/** Free-form messages: each wire shape to what the person sees, or Meta's refusal. */
import type { EmulatorAnswer, EmulatorWorld, MessageButton, MessageContent } from '#core/emulation.ts';
import { type Fields, fields, isFields, list, string } from './fields.ts';
import { graphError, parameterError } from './graph-answers.ts';
import { attachmentRefusal } from './media.ts';
import { readAttachment } from './template-fill.ts';

const TEXT_LIMIT = 4096;
const CAPTION_LIMIT = 1024;
const MEDIA = ['image', 'video', 'audio', 'document', 'sticker'];

export function readContent(world: EmulatorWorld, type: string, body: Fields): MessageContent | EmulatorAnswer {
  const source = body[type];
  if (!isFields(source) && !Array.isArray(source)) {
    return graphError(131008, `Parameter '${type}' is required for a message of type ${type}`);
  }
  // `contacts` alone is a list; for it this is empty and not asked.
  const inner = fields(source);
  if (type === 'text') return readText(inner);
  if (MEDIA.includes(type)) return readMedia(world, type, inner);
  if (type === 'interactive') return readInteractive(world, inner);
  if (type === 'location') return readLocation(inner);
  if (type === 'reaction') return readReaction(inner);
  if (type === 'contacts') return { type, text: contactNames(source) };
  return graphError(131051, `Message type ${type} is not supported`);
}

function readText(text: Fields): MessageContent | EmulatorAnswer {
  const body = string(text['body']);
  if (!body) return graphError(131008, "Parameter 'text.body' is required");
  // White space, and what only looks like it.
  if (/^[\s\p{Default_Ignorable_Code_Point}]*$/u.test(body))
    return graphError(131009, "text['body'] has no text in it");
  if (body.length > TEXT_LIMIT) {
    return parameterError(`Param text['body'] must be at most ${TEXT_LIMIT} characters long.`);
  }
  return { type: 'text', text: body };
}

function readMedia(world: EmulatorWorld, type: string, media: Fields): MessageContent | EmulatorAnswer {
  const document = readAttachment(type, media);
  if ((document.id === undefined) === (document.link === undefined)) {
    return graphError(131008, `${type}: exactly one of 'id' and 'link' is required`);
  }
  if ((document.caption?.length ?? 0) > CAPTION_LIMIT) {
    return parameterError(`Param ${type}['caption'] must be at most ${CAPTION_LIMIT} characters long.`);
  }
  return attachmentRefusal(world, document) ?? { type, text: document.caption ?? '', document };
}

function readLocation(location: Fields): MessageContent | EmulatorAnswer {
  // Strings as well as numbers: Meta's examples have both.
  const latitude = Number(location['latitude']);
  const longitude = Number(location['longitude']);
  if (!Number.isFinite(latitude) || !Number.isFinite(longitude)) {
    return graphError(131008, "location: 'latitude' and 'longitude' are required");
  }
  const lines = [string(location['name']), string(location['address']), `${latitude}, ${longitude}`];
  return { type: 'location', text: lines.filter(Boolean).join('\n') };
}

function readReaction(reaction: Fields): MessageContent | EmulatorAnswer {
  const messageId = string(reaction['message_id']);
  if (!messageId) return graphError(131008, "reaction: 'message_id' is required");
  // Without an emoji it takes an earlier reaction away.
  return { type: 'reaction', text: string(reaction['emoji']) ?? '', replyTo: messageId };
}

function contactNames(contacts: unknown): string {
  return list(contacts)
    .map(contact => string(fields(contact['name'])['formatted_name']) ?? '')
    .join('\n');
}

function readInteractive(world: EmulatorWorld, interactive: Fields): MessageContent | EmulatorAnswer {
  const kind = string(interactive['type']);
  const text = string(fields(interactive['body'])['text']);
  if (!kind) return graphError(131008, "Parameter 'interactive.type' is required");
  if (!text) return graphError(131008, "Parameter 'interactive.body.text' is required");
  const content: MessageContent = { type: 'interactive', text, memo: { interactive: kind } };
  const header = fields(interactive['header']);
  const headerKind = string(header['type']);
  if (headerKind === 'text') content.header = string(header['text']) ?? '';
  else if (headerKind !== undefined) content.document = readAttachment(headerKind, fields(header[headerKind]));
  const refused = content.document && attachmentRefusal(world, content.document);
  if (refused) return refused;
  const footer = string(fields(interactive['footer'])['text']);
  if (footer !== undefined) content.footer = footer;

  const buttons = readButtons(kind, fields(interactive['action']));
  if ('status' in buttons) return buttons;
  content.buttons = buttons;
  return content;
}

function readButtons(kind: string, action: Fields): MessageButton[] | EmulatorAnswer {
  if (kind === 'button') {
    const buttons = list(action['buttons']).map(button => fields(button['reply']));
    if (buttons.length < 1 || buttons.length > 3) return graphError(131009, 'interactive: 1 to 3 buttons are allowed');
    const long = buttons.find(reply => (string(reply['title']) ?? '').length > 20 || !string(reply['title']));
    if (long) return graphError(131009, 'interactive: a button title has 1 to 20 characters');
    return buttons.map(reply => ({
      type: 'reply',
      text: string(reply['title']) ?? '',
      payload: string(reply['id']) ?? '',
    }));
  }
  if (kind === 'list') {
    const rows = list(action['sections']).flatMap(section => list(section['rows']));
    // Ten in all sections together, and not ten in each.
    if (rows.length < 1 || rows.length > 10)
      return graphError(131009, 'interactive: 1 to 10 rows in total are allowed');
    return rows.map(row => ({ type: 'list_row', text: string(row['title']) ?? '', payload: string(row['id']) ?? '' }));
  }
  if (kind === 'cta_url') {
    const parameters = fields(action['parameters']);
    return [{ type: 'url', text: string(parameters['display_text']) ?? '', url: string(parameters['url']) ?? '' }];
  }
  // Products, flows and catalogues are taken and shown by their kind; nobody can tap them here.
  return [{ type: 'other', text: kind }];
}
