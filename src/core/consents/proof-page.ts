/** The proof as one page to print: no scripts, nothing from elsewhere, everything escaped. English and Romanian. */
import type { Proof } from './proof.ts';

const WORDS = {
  en: {
    title: 'Proof of consent',
    standing: 'What holds now',
    entries: 'What was said, in order',
    identities: 'Known as',
    said: 'said at',
    recorded: 'recorded at',
    by: 'by',
    shown: 'Text that was shown',
    evidence: 'Evidence',
    chain: 'Each entry carries a keyed hash over itself and the entry before it.',
    ledger: 'entries in the ledger; head',
    issued: 'Issued at',
    opted_in: 'opted in',
    opted_out: 'opted out',
    none: 'nothing agreed',
    stopped: 'stopped inside WhatsApp',
    verified: 'verified',
    actions: {
      ...{ grant: 'agreed to', withdraw: 'withdrew', restore: 'wrote START for', stop: 'stopped inside WhatsApp' },
      ...{ resume: 'resumed inside WhatsApp', pause: 'perhaps an opt-out from', unpause: 'no opt-out from' },
      ...{ merge: 'merged with another contact', split: 'taken apart from another contact', erase: 'details erased' },
    },
    purposes: { marketing: 'marketing', transactional: 'messages about purchases' },
  },
  ro: {
    title: 'Dovada consimțământului',
    standing: 'Ce este valabil acum',
    entries: 'Ce s-a spus, în ordine',
    identities: 'Cunoscut ca',
    said: 'spus la',
    recorded: 'înregistrat la',
    by: 'de',
    shown: 'Textul arătat',
    evidence: 'Dovezi',
    chain: 'Fiecare înscris poartă un rezumat cu cheie al său și al celui dinainte.',
    ledger: 'înscrisuri în registru; ultimul',
    issued: 'Eliberat la',
    opted_in: 'de acord',
    opted_out: 'retras',
    none: 'niciun acord',
    stopped: 'oprit în WhatsApp',
    verified: 'verificat',
    actions: {
      ...{ grant: 'de acord cu', withdraw: 'a retras', restore: 'a scris START pentru', stop: 'a oprit în WhatsApp' },
      ...{ resume: 'a reluat în WhatsApp', pause: 'poate o dezabonare de la', unpause: 'nu era dezabonare de la' },
      ...{ merge: 'unit cu alt contact', split: 'despărțit de alt contact', erase: 'date șterse' },
    },
    purposes: { marketing: 'marketing', transactional: 'mesaje despre cumpărături' },
  },
} as const;

export type ProofLanguage = keyof typeof WORDS;
export const PROOF_LANGUAGES = Object.keys(WORDS) as ProofLanguage[];

/** As people read it, and still one instant for everybody. */
const when = (instant: string | null): string => text(instant?.replace('T', ' ').replace(/(\.000)?Z$/, ' UTC'));

/** Names, texts and evidence come from strangers: each goes through here before it meets the markup. */
const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const text = (value: unknown): string => String(value ?? '').replace(/[&<>"']/g, sign => escapes[sign]!);

/** Dark on white whatever the reader's theme, since it is printed; an entry is not torn between two sheets. */
const STYLE = `body{font:15px/1.45 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:2rem}table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.3rem .6rem .3rem 0;border-bottom:1px solid #bbb;vertical-align:top}
article{border-top:1px solid #bbb;padding:.6rem 0;break-inside:avoid}blockquote{margin:.4rem 0;padding-left:.8rem;border-left:3px solid #767676;white-space:pre-wrap}
code,pre{font:12px/1.4 ui-monospace,monospace;overflow-wrap:anywhere;white-space:pre-wrap}`;

export function proofPage(proof: Proof, language: ProofLanguage): string {
  const say = WORDS[language];
  // A word without a translation is shown as it is: an entry is never left out of a proof for want of one.
  const purpose = (name: string): string => say.purposes[name as keyof typeof say.purposes] ?? name;
  const action = (name: string): string => say.actions[name as keyof typeof say.actions] ?? name;
  const standing = proof.consents.map(
    one =>
      `<tr><td>${text(purpose(one.purpose))}</td><td>${text(one.channel)}</td><td>${say[one.status]}${one.verified ? `, ${say.verified}` : ''}${
        one.stopped_in_whatsapp_at ? `; ${say.stopped} ${when(one.stopped_in_whatsapp_at)}` : ''
      }</td><td>${when(one.since)}</td><td>${text(one.source)}</td></tr>`,
  );
  const entries = proof.entries.map(
    one => `<article><strong>${one.seq}. ${text(action(one.action))} ${text(one.purposes.map(purpose).join(', '))} ${text(one.channels.join(', '))}</strong><br>
${say.said} ${when(one.said_at)}, ${say.recorded} ${when(one.recorded_at)}, ${say.by} ${text(one.recorded_by)} (${text(one.source)})
${one.text_shown === null ? '' : `<br>${say.shown}${one.language === null ? '' : ` (${text(one.language)})`}:<blockquote>${text(one.text_shown)}</blockquote>`}
<br>${say.evidence}: <code>${text(JSON.stringify(one.evidence))}</code><br><code>${one.hash}</code></article>`,
  );
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${say.title}</title><style>${STYLE}</style></head><body><main><h1>${say.title}</h1>
<p>${text(proof.business)} · ${text(proof.contact_id)}<br>${say.identities}: ${proof.identities.map(one => text(one.value)).join(', ')}</p>
<h2>${say.standing}</h2><table><tbody>${standing.join('')}</tbody></table>
<h2>${say.entries}</h2>${entries.join('')}
<p>${say.chain} ${proof.ledger.entries} ${say.ledger} <code>${text(proof.ledger.head)}</code>.<br>${say.issued} ${when(proof.issued_at)}.</p>
</main></body></html>`;
}
