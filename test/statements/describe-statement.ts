/** Asks the server what it makes of a statement: parsed under the caller's role, described, never run. */
import type pg from 'pg';

export interface Described {
  /** Names of the types of `$1`, `$2`… */
  parameters: string[];
  /** `table` and `source` are absent where a column is computed: then only its author knows whether it may be null. */
  columns: { name: string; type: string; table: string | undefined; source: string | undefined; nullable: boolean }[];
}

interface Field {
  name: string;
  tableID: number;
  columnID: number;
  dataTypeID: number;
}

interface Wire {
  parse(message: { text: string; name: string }): void;
  describe(message: { type: 'S'; name: string }): void;
  sync(): void;
  once(event: 'parameterDescription', listener: (message: { dataTypeIDs: number[] }) => void): void;
  removeAllListeners(event: 'parameterDescription'): void;
}

/** Throws what the server says when the statement does not parse or names what the role does not know. */
export async function describeStatement(client: pg.Client, text: string): Promise<Described> {
  const { parameters, fields } = await askServer(client, text);
  const { rows: types } = await client.query<{ oid: number; name: string }>(
    'select oid::integer as oid, format_type(oid, null) as name from unnest($1::integer[]) oid',
    [[...parameters, ...fields.map(field => field.dataTypeID)]],
  );
  const { rows: sources } = await client.query<{ at: string; table: string; name: string; not_null: boolean }>(
    `select a.attrelid || '.' || a.attnum as at, a.attrelid::regclass::text as table, a.attname as name, a.attnotnull as not_null
     from unnest($1::oid[], $2::integer[]) as f(t, n) join pg_attribute a on a.attrelid = f.t and a.attnum = f.n`,
    [fields.map(field => field.tableID), fields.map(field => field.columnID)],
  );
  // By number where the server has no name for it, so that the complaint still says something.
  const typeName = (oid: number) => types.find(type => type.oid === oid)?.name ?? String(oid);
  return {
    parameters: parameters.map(typeName),
    columns: fields.map(field => {
      const source = sources.find(each => each.at === `${field.tableID}.${field.columnID}`);
      return {
        name: field.name,
        type: typeName(field.dataTypeID),
        table: source?.table,
        source: source?.name,
        nullable: source?.not_null === false,
      };
    }),
  };
}

/** pg lets a caller submit messages of its own: Parse and Describe without Bind and Execute. */
function askServer(client: pg.Client, text: string): Promise<{ parameters: number[]; fields: Field[] }> {
  return new Promise((resolve, reject) => {
    const found = { parameters: [] as number[], fields: [] as Field[] };
    let failure: Error | undefined;
    const { connection } = client as unknown as { connection: Wire };
    connection.once('parameterDescription', message => {
      found.parameters = message.dataTypeIDs;
    });
    const request = {
      name: '',
      text,
      submit(wire: Wire) {
        wire.parse({ text, name: '' });
        wire.describe({ type: 'S', name: '' });
        wire.sync();
      },
      handleRowDescription(message: { fields: Field[] }) {
        found.fields = message.fields;
      },
      handleError(error: Error) {
        failure = error;
        // Or the next statement's description would be taken for this one's.
        connection.removeAllListeners('parameterDescription');
        reject(failure);
      },
      handleReadyForQuery() {
        if (!failure) resolve(found);
      },
    };
    client.query(request as unknown as pg.Submittable);
  });
}
