/**
 * How columns come out. Instants become milliseconds without passing through a Date, bigints become checked numbers.
 * Set per connection and not on the driver's global table, which other libraries in the process share.
 */
import pg from 'pg';

const OID = { bool: 16, bytea: 17, int8: 20, json: 114, date: 1082, timestamptz: 1184, jsonb: 3802, numeric: 1700 };

function readBigint(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`the number ${text} is beyond what a JavaScript number holds`);
  return value;
}

/** "2026-11-21 08:00:00.123456+00": the session's zone is UTC and its DateStyle ISO, so the fields stand still. */
function readInstant(text: string): number {
  const fraction = text.charCodeAt(19) === 46 ? Number(`0${text.slice(19, text.indexOf('+', 19))}`) * 1000 : 0;
  const whole = Date.UTC(
    Number(text.slice(0, 4)),
    Number(text.slice(5, 7)) - 1,
    Number(text.slice(8, 10)),
    Number(text.slice(11, 13)),
    Number(text.slice(14, 16)),
    Number(text.slice(17, 19)),
  );
  return whole + Math.floor(fraction);
}

const readers = new Map<number, (text: string) => unknown>([
  [OID.int8, readBigint],
  [OID.numeric, Number],
  [OID.timestamptz, readInstant],
  [OID.date, text => text],
  [OID.json, text => JSON.parse(text)],
  [OID.jsonb, text => JSON.parse(text)],
]);

export const driverTypes = {
  getTypeParser(oid: number, format?: string) {
    const reader = format === 'binary' ? undefined : readers.get(oid);
    return reader ?? pg.types.getTypeParser(oid, format as 'text');
  },
} as pg.CustomTypesConfig;
