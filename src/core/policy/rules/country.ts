import type { Rule } from '../decision.ts';
import { isMarketingTemplate } from '../marketing.ts';

/** Where Meta delivers no marketing templates, whoever agreed to them: it would answer 131049 and count it against us. */
const NO_MARKETING: readonly string[] = ['US'];

/** What the business allows, then what the platform does. A scoped id names its country too. */
export const countryRule: Rule = (intent, { person: { country }, settings }) => {
  if (country === undefined) return { verdict: 'pass', detail: 'the number belongs to no country' };
  const { allow, block } = settings.countries;
  const change = `allow ${country} in the settings`;
  if (allow !== null && !allow.includes(country))
    return {
      verdict: 'refuse',
      reason: 'country_blocked',
      detail: `${country} is not among the countries that are allowed`,
      change,
    };
  if (block.includes(country))
    return { verdict: 'refuse', reason: 'country_blocked', detail: `${country} is blocked in the settings`, change };
  if (isMarketingTemplate(intent) && intent.channel === 'whatsapp' && NO_MARKETING.includes(country))
    return {
      verdict: 'refuse',
      reason: 'country_blocked',
      detail: `WhatsApp delivers no marketing templates to ${country}`,
      change: 'another channel; the platform names no date',
    };
  return { verdict: 'pass', detail: `${country} is allowed` };
};
