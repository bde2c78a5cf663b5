/** The rules of templates for one-time codes, whose text is the platform's. Pure. */
import { complaints, type LintLine, type LintSource } from './complaint.ts';
import type { Authentication } from './parts.ts';

/** Header, body and footer are not judged: whatever was written there has been replaced by the platform's words. */
export function lintAuthentication(
  { header, media, buttons }: LintSource,
  { code_expiration_minutes: minutes }: Authentication,
): LintLine[] {
  const { lines, wrong } = complaints('authentication');
  if (header !== null || media)
    wrong('otp_text', 'WhatsApp writes the text of authentication templates: leave the header out');
  if (minutes !== undefined && (minutes < 1 || minutes > 90))
    wrong('otp_expiry', 'code_expiration_minutes is between 1 and 90', '100');
  if ((buttons ?? []).filter(button => button.type === 'otp').length !== 1 || buttons!.length !== 1)
    wrong('otp_button', 'an authentication template has one button, of the type otp');
  return lines;
}
