/** A record as the back end keeps it. */
export interface Row {
  readonly id: string;
  readonly json: string;
}

const tables = new Map<string, Map<string, string>>();

/** Stands for the back end, in memory. Put its client in this place. */
export const backEnd = {
  /** Writes rows; the same id replaces the row. Returns the places of those that it refuses. */
  async put(table: string, rows: readonly Row[]): Promise<readonly number[]> {
    const kept = tables.get(table) ?? new Map<string, string>();
    tables.set(table, kept);
    const refused = rows.flatMap(({ json }, index) => (json.includes("\\u0000") ? [index] : []));
    for (const [index, { id, json }] of rows.entries()) if (!refused.includes(index)) kept.set(id, json);
    return refused;
  },
  /** What is in a table. */
  rows: (table: string): Row[] => [...(tables.get(table) ?? [])].map(([id, json]) => ({ id, json })),
};
