import { type AddressInfo, createServer, type Socket } from "node:net";

/** A row as the server keeps it. */
export interface Row {
  readonly id: string;
  readonly json: string;
}

/** A request: one line of JSON. */
interface Request {
  readonly token: string;
  readonly op: "create" | "put" | "ping";
  readonly table: string;
  readonly rows?: readonly Row[];
}

/** A small database on 127.0.0.1 that speaks lines of JSON. It refuses rows with U+0000, as PostgreSQL does. */
export interface RowServer {
  readonly port: number;
  /** The rows of a table, in the order in which they came. */
  rows(table: string): readonly Row[];
  stop(): Promise<void>;
  /** Starts it again, at the same port, with all rows. */
  start(): Promise<void>;
}

/** The token that the server takes. */
export const TOKEN = "row-token";

/** Starts a server. */
export async function startRowServer(): Promise<RowServer> {
  const tables = new Map<string, Row[]>();
  const sockets = new Set<Socket>();
  const creating = new Set<string>();
  const placesOf = new Map<string, Map<string, number>>();
  const placesIn = (table: string): Map<string, number> => {
    const places = placesOf.get(table) ?? new Map<string, number>();
    placesOf.set(table, places);
    return places;
  };
  const answer = async ({ token, op, table, rows = [] }: Request): Promise<object> => {
    if (token !== TOKEN) return { error: "access denied" };
    if (op === "ping") return {};
    const known = tables.get(table);
    if (op === "create") {
      if (known) return {};
      // As in PostgreSQL, "if not exists" does not see a table that is being made.
      if (creating.has(table)) return { error: "the table is being made" };
      creating.add(table);
      await new Promise((resolve) => void setImmediate(resolve));
      creating.delete(table);
      tables.set(table, []);
      return {};
    }
    if (!known) return { error: "no such table" };
    const refused = rows.flatMap(({ json }, index) => (json.includes("\\u0000") ? [index] : []));
    // A row with an id that is known replaces that one; one without an id is a new one.
    const places = placesIn(table);
    for (const [index, row] of rows.entries()) {
      if (refused.includes(index)) continue;
      const place = places.get(row.id) ?? known.length;
      if (row.id !== "") places.set(row.id, place);
      known[place] = row;
    }
    return { refused };
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    let text = "";
    let answers = Promise.resolve();
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    socket.on("data", (piece) => {
      text += piece;
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const answered = answer(JSON.parse(line) as Request);
        answers = answers.then(async () => void socket.write(`${JSON.stringify(await answered)}\n`));
      }
    });
  });
  let port = 0;
  const start = async (): Promise<void> => {
    await new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve));
    ({ port } = server.address() as AddressInfo);
  };
  await start();
  return {
    port,
    start,
    rows: (table) => tables.get(table) ?? [],
    stop: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
