/** The texts that the platform writes for one-time codes. Ours are for showing: what is sent is only the code. */
import type { Authentication, TemplateButton } from './parts.ts';

/** The most that the platform takes for a code (1 to 15 characters). */
export const LONGEST_CODE = 15;

const TEXTS: Readonly<Record<string, { code: string; advice: string; expiry: string }>> = {
  en: {
    code: '*{code}* is your verification code.',
    advice: ' For your security, do not share this code.',
    expiry: 'This code expires in {n} minutes.',
  },
  ro: {
    code: '*{code}* este codul tău de verificare.',
    advice: ' Pentru siguranța ta, nu trimite nimănui acest cod.',
    expiry: 'Acest cod expiră în {n} minute.',
  },
};

/** In a language that is not known here the English words stand in; the phone shows the platform's own. */
export function authenticationTexts(
  { add_security_recommendation: advise, code_expiration_minutes: minutes }: Authentication,
  language: string,
): { body: string; footer: string | null } {
  const texts = TEXTS[language.slice(0, 2)] ?? TEXTS['en']!;
  return {
    body: texts.code + (advise ? texts.advice : ''),
    footer: minutes === undefined ? null : texts.expiry.replace('{n}', String(minutes)),
  };
}

/** Every such template has one of these buttons; asked for none it gets the one that works everywhere. */
export const defaultOtpButton: TemplateButton = { type: 'otp', otp_type: 'copy_code' };
