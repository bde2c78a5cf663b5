/**
 * The words that stop and start. Only the whole message counts, after everything that people and keyboards add is taken
 * off: "see you at the bus stop" is no withdrawal, "STOP 🛑" is one. Pure.
 */

// biome-ignore format: read as a list
const STOP = new Set([
  'stop', 'stopall', 'unsubscribe', 'cancel', 'end', 'quit', 'revoke', 'optout', 'opt out', 'remove', 's t o p', 'stop please', 'please stop',
  'stopp', 'opreste', 'dezabonare', 'dezaboneaza', 'renunt', 'nu mai vreau', 'arret', 'arreter', 'desabonner', 'baja', 'parar', 'detener', 'basta', 'ferma', 'halt', 'abmelden',
]);

const START = new Set(['start', 'unstop', 'abonare', 'reprendre', 'alta', 'anmelden', 'voltar', 'riprendi']);

/** Only the beginning: no keyword is longer, and a novel is known to be none without taking it apart. */
export function normalise(text: string): string {
  return text
    .slice(0, 200)
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\p{M}\p{Cf}]/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

export type Keyword = 'stop' | 'start';

export function keywordOf(text: string | undefined): Keyword | undefined {
  if (text === undefined) return undefined;
  const word = normalise(text);
  return STOP.has(word) ? 'stop' : START.has(word) ? 'start' : undefined;
}
