/** What WhatsApp treats as marketing, whoever calls it what. */
import { asksForMarketing, rulesOf } from '../messages/purposes.ts';
import type { Intent } from './decision.ts';

const isFiledAsMarketing = ({ content }: Intent): boolean =>
  content.kind === 'template' && content.template?.meta_category === 'MARKETING';

/**
 * The platform stops, caps and charges by the category that it has filed a template under, and it moves templates between
 * categories at will. A confirmation that it calls marketing does not reach whoever stopped marketing there.
 */
export const countsAsMarketing = (intent: Intent): boolean =>
  asksForMarketing(intent.purpose) || isFiledAsMarketing(intent);

/** The same of templates alone: free text inside a window is no marketing to the platform. */
export const isMarketingTemplate = (intent: Intent): boolean =>
  intent.content.kind === 'template' &&
  (rulesOf(intent.purpose).category === 'MARKETING' || isFiledAsMarketing(intent));
