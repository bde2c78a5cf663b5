/** The words that the core itself says to people. English and Romanian; the person's country chooses. */
import { identityCountry } from '../contacts/contact.ts';

const STOPPED = {
  en: 'You will get no more messages from us. To get them again, write START.',
  ro: 'Nu veți mai primi mesaje de la noi. Ca să le primiți din nou, scrieți START.',
};

/** Says what was stopped: CANCEL may have been meant for a ticket. */
const AMBIGUOUS = {
  en: 'You will get no more messages from us; nothing else was cancelled. To get them again, write START.',
  ro: 'Nu veți mai primi mesaje de la noi; nimic altceva nu s-a anulat. Ca să le primiți din nou, scrieți START.',
};

const CANCELS = /^\W*(cancel|cancelar|annulla|anuluj|iptal|remove|end)/i;

export function confirmationText(address: string, said: string | undefined): string {
  const country = identityCountry(address);
  const texts = CANCELS.test(said ?? '') ? AMBIGUOUS : STOPPED;
  return country === 'RO' || country === 'MD' ? texts.ro : texts.en;
}
