import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCard } from './read-card.ts';

const HEADER = 'Market,Currency,Marketing,Utility,Authentication,Authentication-International,Service';

test('the provider’s file becomes rows: signs of currencies, missing prices, quotes, semicolons, a byte order mark', () => {
  const card = readCard(
    `\ufeff${HEADER}\r\nIndia,$US,0.0118,0.0014,0.0014,0.0304,0.0014\r\n"Rest of Central & Eastern Europe",EUR,€0.0712,0.0175,0.0175,n/a,\r\n\r\n`,
  );
  assert.deepEqual(card.errors, []);
  assert.deepEqual(
    card.rows.map(row => [row.market, row.currency, row.category, row.micros]),
    [
      ['India', 'USD', 'marketing', 11_800],
      ['India', 'USD', 'utility', 1_400],
      ['India', 'USD', 'authentication', 1_400],
      ['India', 'USD', 'authentication-international', 30_400],
      ['India', 'USD', 'service', 1_400],
      ['Rest of Central & Eastern Europe', 'EUR', 'marketing', 71_200],
      ['Rest of Central & Eastern Europe', 'EUR', 'utility', 17_500],
      ['Rest of Central & Eastern Europe', 'EUR', 'authentication', 17_500],
    ],
  );
  const german = readCard('Market;Currency;Marketing;Utility\nRomania;EUR;0,0712;0,0239\n');
  assert.deepEqual([german.errors, german.rows.map(row => row.micros)], [[], [71_200, 23_900]]);
});

test('volume tiers are rows with a `From`, for the two categories that have them', () => {
  const { rows, errors } = readCard(
    'Market,Currency,From,Marketing,Utility,Authentication\nRomania,EUR,0,0.0712,0.0239,0.0239\nRomania,EUR,100001,,0.0220,0.0220\nRomania,EUR,200001,0.05,0.02,\n',
  );
  assert.deepEqual(
    rows.filter(row => row.category === 'utility').map(row => [row.tierFrom, row.micros]),
    [
      [0, 23_900],
      [100_001, 22_000],
      [200_001, 20_000],
    ],
  );
  assert.deepEqual(errors, [
    { path: 'csv[4].marketing', message: 'only utility and authentication have volume tiers' },
  ]);
});

test('everything that is wrong is named with its line, in one go', () => {
  const { errors } = readCard(
    [
      HEADER,
      'Atlantis,EUR,0.1,0.1,0.1,n/a,n/a',
      'Romania,LEI,0.1,0.1,0.1,n/a,n/a',
      'Poland,EUR,cheap,0.1,-0.1,0.1234567,n/a',
      'Hungary,EUR,0.1,0.1',
      'Spain,EUR,n/a,n/a,n/a,n/a,n/a',
      'Romania,EUR,0.1,0.1,0.1,n/a,n/a',
      'Romania,EUR,n/a,0.2,n/a,n/a,n/a',
    ].join('\n'),
  );
  assert.deepEqual(
    errors.map(({ path, message }) => `${path} ${message}`),
    [
      'csv[2].market "Atlantis" is no market of the price list',
      'csv[3].currency "LEI" is no currency of ISO 4217',
      'csv[4].marketing "cheap" is no price',
      'csv[4].authentication "-0.1" is no price',
      'csv[4].authentication-international "0.1234567" is no price',
      'csv[5] the header has 7 columns, this row 4',
      'csv[6] no price stands in this row',
      'csv[8] Romania has a utility price on line 7 already',
    ],
  );
});

test('a file that is no rate card is told so by its header', () => {
  assert.deepEqual(
    readCard('').errors.map(error => error.path),
    ['csv[1]', 'csv[1]', 'csv[1]', 'csv[1]'],
  );
  assert.match(readCard(`${HEADER},Cost\n`).errors[0]!.message, /"cost" is no column/);
  assert.match(readCard(`${HEADER},Utility\n`).errors[0]!.message, /"utility" is there twice/);
  assert.deepEqual(readCard(HEADER).errors, [{ path: 'csv', message: 'there is no row below the header' }]);
});
