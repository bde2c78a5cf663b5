import type { Rule } from '../decision.ts';

/** The operator's switch, for a whole channel at once. */
export const channelRule: Rule = ({ channel }, { settings }) =>
  settings.channelsOff.includes(channel)
    ? {
        verdict: 'refuse',
        reason: 'channel_disabled',
        detail: `${channel} is switched off`,
        change: `switch ${channel} on in the settings`,
      }
    : { verdict: 'pass', detail: `${channel} is switched on` };
