import type { Rule } from '../decision.ts';

/** Where the tenant pays in advance nothing leaves that is not paid for; nor what nobody knows the price of. */
export const balanceRule: Rule = (_intent, { cost, spend }) => {
  if (spend === 'reserved') return { verdict: 'pass', detail: 'its money is put aside' };
  if (spend?.balance === undefined) return { verdict: 'pass', detail: 'messages are not prepaid' };
  if (cost?.kind !== 'known')
    return {
      verdict: 'refuse',
      reason: 'balance_exhausted',
      detail: `the balance can’t be asked: ${cost?.reason ?? 'nothing is known of its carrier’s rates'}`,
      change: 'a known price, or no prepaid accounting',
    };
  if (cost.micros <= spend.balance) return { verdict: 'pass', detail: 'the balance pays for it' };
  return {
    verdict: 'refuse',
    reason: 'balance_exhausted',
    detail: 'the balance is used up',
    change: 'credit the balance',
  };
};
