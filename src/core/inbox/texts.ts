/** The words that the core itself says to people. English and Romanian; the person's country chooses. */
import { parsePhone } from '#lib/phone.ts';

const STOPPED = {
  en: 'You will get no more messages from us. To get them again, write START.',
  ro: 'Nu veți mai primi mesaje de la noi. Ca să le primiți din nou, scrieți START.',
};

export function confirmationText(phone: string): string {
  const country = parsePhone(phone)?.country;
  return country === 'RO' || country === 'MD' ? STOPPED.ro : STOPPED.en;
}
