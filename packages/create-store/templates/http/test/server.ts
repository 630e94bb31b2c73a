import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** The token that the server takes. */
export const TOKEN = "good-token";

/** A small server with tables in memory. It refuses records with U+0000, as PostgreSQL does. */
export async function startServer() {
  const tables = new Map<string, Map<string, string>>();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const [, top, table = ""] = (request.url ?? "").split("/");
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return void response.writeHead(401).end();
    if (top !== "tables") return void response.writeHead(404).end();
    const rows = tables.get(table) ?? new Map<string, string>();
    tables.set(table, rows);
    const lines = (await text(request)).split("\n").filter((line) => line !== "");
    const refused = lines.flatMap((line, index) => (line.includes("\\u0000") ? [index] : []));
    for (const [index, line] of lines.entries()) {
      const { id } = JSON.parse(line) as { id: string };
      // Cut out as text: JSON.parse would lose digits.
      if (!refused.includes(index)) rows.set(id, line.slice(line.indexOf('"record":') + 9, -1));
    }
    response.end(JSON.stringify({ refused }));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
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
    rows: (table: string) => [...(tables.get(table) ?? [])].map(([id, json]) => ({ id, json })),
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
