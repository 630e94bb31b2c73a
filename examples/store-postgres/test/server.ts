import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, globSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";

/** The folder of PostgreSQL's programs; undefined where it is not installed. */
export const PROGRAMS: string | undefined = globSync("/usr/lib/postgresql/*/bin").findLast((folder) =>
  existsSync(join(folder, "initdb")),
);

export const USER = "auditor";
export const PASSWORD = "good-password";

/** A PostgreSQL of its own, on a free port, with its data in a temporary folder. */
export async function startServer() {
  const folder = mkdtempSync(join(tmpdir(), "store-postgres-"));
  // PostgreSQL does not run as root; its package has made a user for it.
  const owner = process.getuid?.() === 0 ? { uid: idOf("-u"), gid: idOf("-g") } : {};
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, "data");
  const options = { ...owner, cwd: folder, env: { PATH: process.env["PATH"], PWFILE: PASSWORD, LC_ALL: "C.UTF-8" } };
  const initdb = join(PROGRAMS ?? "", "initdb");
  const password = `${initdb} -D data -U ${USER} -A scram-sha-256 -E UTF8 --pwfile=<(printf %s "$PWFILE")`;
  execFileSync("bash", ["-c", password], { ...options, stdio: "ignore" });

  const port = await freePort();
  let server: ReturnType<typeof spawn> | undefined;
  const query = async (text: string): Promise<{ id: string; json: string }[]> => {
    const client = new pg.Client({ host: "127.0.0.1", port, user: USER, password: PASSWORD, database: "postgres" });
    await client.connect();
    try {
      return (await client.query<{ id: string; json: string }>(text)).rows;
    } finally {
      await client.end();
    }
  };
  const start = async (): Promise<void> => {
    const settings = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"];
    server = spawn(join(PROGRAMS ?? "", "postgres"), ["-D", data, "-p", String(port), ...settings], {
      ...options,
      stdio: "ignore",
    });
    for (let left = 200; left > 0; left -= 1) {
      if (await query("select 1").catch(() => undefined)) return;
      await new Promise((resolve) => void setTimeout(resolve, 50));
    }
    throw new Error("PostgreSQL does not answer");
  };
  const stop = async (): Promise<void> => {
    if (server === undefined || server.exitCode !== null) return;
    // At once, as in a crash.
    server.kill("SIGQUIT");
    await once(server, "exit");
  };
  await start();
  return {
    port,
    start,
    stop,
    /** The rows of a table; none if it is not there. */
    async rows(table: string) {
      const [found] = await query(`select '' as id, to_regclass('${table}')::text as json`);
      return found?.json === null ? [] : query(`select id, record::text as json from ${table}`);
    },
    async remove() {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function idOf(option: "-u" | "-g"): number {
  return Number(execFileSync("id", [option, "postgres"], { encoding: "utf8" }));
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
