/**
 * Comma-separated values as spreadsheets and providers write them: quotes with line ends inside, a byte order mark, and
 * semicolons where the comma is a decimal sign. Each row comes with the line on which it begins, for whoever has to mend it.
 */
export interface CsvRow {
  line: number;
  cells: string[];
}

export function parseCsv(text: string): CsvRow[] {
  const body = text.replace(/^\ufeff/, '');
  const separator = separatorOf(body);
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let cell = '';
  let line = 1;
  let begun = 1;
  let quoted = false;
  const endRow = () => {
    cells.push(cell.trim());
    // An empty line is no row; a line of nothing but separators is what a spreadsheet leaves below a table.
    if (cells.some(value => value !== '')) rows.push({ line: begun, cells });
    cells = [];
    cell = '';
  };
  for (let at = 0; at < body.length; at += 1) {
    const character = body[at]!;
    if (character === '\n') line += 1;
    if (quoted) {
      if (character !== '"') cell += character;
      else if (body[at + 1] === '"') {
        cell += '"';
        at += 1;
      } else quoted = false;
    } else if (character === '"' && cell.trim() === '') {
      cell = '';
      quoted = true;
    } else if (character === separator) {
      cells.push(cell.trim());
      cell = '';
    } else if (character === '\n') {
      endRow();
      begun = line;
    } else cell += character;
  }
  endRow();
  return rows;
}

/** Of the first line: a header has no numbers in it, so what stands there most often separates. */
function separatorOf(text: string): string {
  const header = text.slice(0, Math.max(0, text.indexOf('\n')) || text.length);
  return [',', ';', '\t'].sort((a, b) => header.split(b).length - header.split(a).length)[0]!;
}
