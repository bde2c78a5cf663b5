/**
 * Which market of the price list a person belongs to. The platform decides by the calling code of the number and never
 * by where the business is, and its map changes with the quarters: countries leave their region for a rate of their own.
 * So the map is dated like the prices. What it does not list is `Other`, islands of the North American plan included.
 */

/** Country and calling code, with the network's digits where several share one. As of 2025-07-01. */
const BASELINE: Readonly<Record<string, string>> = {
  Argentina: 'AR54',
  Brazil: 'BR55',
  Chile: 'CL56',
  Colombia: 'CO57',
  Egypt: 'EG20',
  France: 'FR33',
  Germany: 'DE49',
  India: 'IN91',
  Indonesia: 'ID62',
  Israel: 'IL972',
  Italy: 'IT39 VA39',
  Malaysia: 'MY60',
  Mexico: 'MX52',
  Netherlands: 'NL31',
  Nigeria: 'NG234',
  Pakistan: 'PK92',
  Peru: 'PE51',
  Russia: 'RU7',
  'Saudi Arabia': 'SA966',
  'South Africa': 'ZA27',
  Spain: 'ES34',
  Turkey: 'TR90',
  'United Arab Emirates': 'AE971',
  'United Kingdom': 'GB44 GG44 IM44 JE44',
  'North America': 'CA1 US1',
  'Rest of Africa':
    'DZ213 AO244 BJ229 BW267 BF226 BI257 CM237 TD235 CG242 ER291 ET251 GA241 GM220 GH233 GW245 CI225 KE254 LS266 LR231 LY218 MG261 MW265 ML223 MR222 MA212 MZ258 NA264 NE227 RW250 SN221 SL232 SO252 SS211 SD249 SZ268 TZ255 TG228 TN216 UG256 ZM260',
  'Rest of Asia Pacific':
    'AF93 AU61 BD880 KH855 CN86 HK852 JP81 LA856 MN976 NP977 NZ64 PG675 PH63 SG65 LK94 TW886 TJ992 TH66 TM993 UZ998 VN84',
  'Rest of Central & Eastern Europe':
    'AL355 AM374 AZ994 BY375 BG359 HR385 CZ420 GE995 GR30 HU36 LV371 LT370 MD373 MK389 PL48 RO40 RS381 SK421 SI386 UA380',
  'Rest of Latin America':
    'BO591 CR506 DO1809 DO1829 DO1849 EC593 SV503 GT502 HT509 HN504 JM1658 JM1876 NI505 PA507 PY595 PR1787 PR1939 UY598 VE58',
  'Rest of Middle East': 'BH973 IQ964 JO962 KW965 LB961 OM968 QA974 YE967',
  'Rest of Western Europe': 'AT43 BE32 DK45 FI358 AX358 IE353 NO47 SJ47 PT351 SE46 CH41',
  // Shares its code with a listed market, and is none itself. That +7 6 and +7 7 are Kazakhstan is the numbering plan's
  // word; the price list does not say it.
  Other:
    'KZ76 KZ77 AG1268 AI1264 AS1684 BB1246 BM1441 BS1242 DM1767 GD1473 GU1671 KN1869 KY1345 LC1758 MP1670 MS1664 SX1721 TC1649 TT1868 VC1784 VG1284 VI1340',
};

const CHANGES: readonly { from: string; markets: Readonly<Record<string, string>> }[] = [
  { from: '2025-10-01', markets: { 'Rest of Africa': 'ZW263' } },
  {
    from: '2026-07-01',
    markets: {
      'Hong Kong': 'HK852',
      Hungary: 'HU36',
      Poland: 'PL48',
      Qatar: 'QA974',
      Romania: 'RO40',
      Singapore: 'SG65',
    },
  },
  {
    from: '2026-10-01',
    markets: {
      Bangladesh: 'BD880',
      Iraq: 'IQ964',
      Kazakhstan: 'KZ76 KZ77',
      Kuwait: 'KW965',
      Morocco: 'MA212',
      Nepal: 'NP977',
      Oman: 'OM968',
      'Sri Lanka': 'LK94',
      Ukraine: 'UA380',
    },
  },
];

/** Before that day the platform charged for conversations and not for messages. */
export const FIRST_DAY = '2025-07-01';

/** By code and by country, each with its markets, the newest first. */
const history = new Map<string, { from: string; market: string }[]>();
for (const { from, markets } of [{ from: FIRST_DAY, markets: BASELINE }, ...CHANGES]) {
  for (const [market, list] of Object.entries(markets)) {
    for (const entry of list.split(' ')) {
      for (const key of [entry.slice(0, 2), entry.slice(2)]) {
        const known = history.get(key) ?? [];
        // Several codes of one country say the same thing of it.
        if (known[0]?.from !== from || known[0].market !== market) history.set(key, [{ from, market }, ...known]);
      }
    }
  }
}

export const OTHER = 'Other';
export const MARKETS: readonly string[] = [
  ...new Set([...Object.keys(BASELINE), ...CHANGES.flatMap(({ markets }) => Object.keys(markets))]),
].sort();

const LONGEST_CODE = 4;

/** A number's own entry, the longest that fits, or that of a scoped id's country. */
function entryOf(address: string): readonly { from: string; market: string }[] {
  if (!address.startsWith('+')) return history.get(address.slice(0, 2)) ?? [];
  for (let length = LONGEST_CODE; length > 0; length -= 1) {
    const found = history.get(address.slice(1, 1 + length));
    if (found) return found;
  }
  return [];
}

/** `+40…` or `RO.1349…`, on a day of the account's calendar. */
export const marketOf = (address: string, day: string): string =>
  entryOf(address).find(({ from }) => from <= day)?.market ?? OTHER;

/** Every market that the person has ever belonged to: what has to be read before the day is known. */
export const everyMarketOf = (address: string): string[] => [...entryOf(address).map(({ market }) => market), OTHER];

/** As a rate card spells it, whatever its case and its "and". */
export const readMarket = (text: string): string | undefined => {
  const plain = (name: string) => name.toLowerCase().replaceAll('&', 'and').replace(/\s+/g, ' ').trim();
  return MARKETS.find(market => plain(market) === plain(text));
};
