/** What a provider sees of a template, and a digest of it. Pure. */
import { canonicalJson, sha256 } from '#lib/hmac.ts';
import type { TemplateButton, TemplateText } from './parts.ts';
import { plainText } from './text.ts';

/**
 * Fallbacks, payloads and links are ours: they may change at any time. Whatever else changes makes another text, which
 * has to be handed in again.
 */
export const formOf = (template: TemplateText): Buffer =>
  sha256(
    canonicalJson({
      header: template.header === null ? null : plainText(template.header),
      media: template.media?.format ?? null,
      body: plainText(template.body),
      footer: template.footer,
      buttons: (template.buttons ?? []).map(visiblePart),
      authentication: template.authentication ?? null,
    }),
  );

function visiblePart(button: TemplateButton): unknown {
  switch (button.type) {
    case 'quick_reply':
      return [button.type, button.text];
    case 'url':
      return [button.type, button.text, button.url.replace(/\{+[^{}]*\}+/g, '{}')];
    case 'copy_code':
      return [button.type];
    default:
      return button;
  }
}
