/** Words by which reviewers take a text for another category than it says. English and Romanian. Pure. */

/** Without accents and in small letters: people write both. */
const bare = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

// biome-ignore format: read as lists
const MARKETING: Readonly<Record<string, readonly RegExp[]>> = {
  en: [
    /\bdiscount(s|ed)?\b/g, /\bspecial (offer|price)s?\b/g, /\b(limited|exclusive)[ -](time )?(offer|deal)s?\b/g, /\bdeals?\b/g, /\b\d+ ?% off\b/g,
    /\bon sale\b/g, /\bflash sale\b/g, /\bcoupons?\b/g, /\bvouchers?\b/g, /\bpromo(tion(s|al)?)?\b/g, /\bbuy (one|now)\b/g, /\bshop now\b/g, /\border now\b/g,
    /\bsave up to\b/g, /\bfree gift\b/g, /\bdon['’]?t miss\b/g, /\blast chance\b/g, /\bearly bird\b/g, /\bblack friday\b/g, /\bnew arrivals\b/g,
    /\brefer a friend\b/g, /\bupgrade (now|today)\b/g, /\bsubscribe\b/g,
  ],
  ro: [
    /\breducer(e|i|ea|ile)\b/g, /\bdiscount(uri|ul)?\b/g, /\bofert(a|e|ele)\b/g, /\bpromoti(e|i|a|ile|onal(a|e)?)\b/g, /\bcupon(ul|ane)?\b/g, /\bvoucher(e|ul)?\b/g,
    /\bcadou(l|ri)?\b/g, /\bgratuit(a|e)?\b/g, /\bprofita(ti)?\b/g, /\bdoar (azi|astazi|acum)\b/g, /\bultima sansa\b/g, /\bnu (rata|ratati|pierde|pierdeti)\b/g,
    /\b(cumpara|comanda)(ti)? acum\b/g, /\bpret special\b/g, /\beconomis(este|iti)\b/g, /\blichidare\b/g, /\bblack friday\b/g, /\babonea(za|zate)\b/g,
  ],
};

const AUTHENTICATION: Readonly<Record<string, readonly RegExp[]>> = {
  en: [
    /\b(verification|security|authentication|log-?in|sign-?in|one[- ]time|otp)[ -](code|password|passcode|pin)\b/g,
    /\byour otp\b/g,
  ],
  ro: [
    /\bcod(ul)?( tau| dvs\.?| dumneavoastra)? (de )?(verificare|autentificare|securitate|logare|unic)\b/g,
    /\bparola (unica|temporara|de unica folosinta)\b/g,
  ],
};

/** By the template's own language: “sale” is dirty in French. Of other languages nothing is said rather than guessed. */
const find = (lists: Readonly<Record<string, readonly RegExp[]>>, text: string, language: string): string[] => {
  const words = bare(text);
  return [...new Set((lists[language.slice(0, 2)] ?? []).flatMap(pattern => words.match(pattern) ?? []))];
};

export const marketingWords = (text: string, language: string): string[] => find(MARKETING, text, language);
export const authenticationWords = (text: string, language: string): string[] => find(AUTHENTICATION, text, language);
