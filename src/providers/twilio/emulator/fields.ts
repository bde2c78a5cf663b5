/** JSON whose shape nobody has promised. */
export type Fields = Record<string, unknown>;

export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

export const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(fields) : []);
