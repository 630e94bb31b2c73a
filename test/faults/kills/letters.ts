import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isBulk, startElasticsearch } from "../../servers/elasticsearch/server.ts";
import { Project } from "../../support/project.ts";
import { Command, type KillPoint } from "./process.ts";

/** What became of dead letters whose replay was killed. */
export interface ReplayResult {
  readonly kills: number;
  readonly lost: number;
  readonly twice: number;
  /** What must not be, each as a sentence. */
  readonly problems: readonly string[];
}

/**
 * Has every record refused, kills the replay of the dead letters, perhaps a second one as well, and repeats it.
 * @param points where the first replay is killed, the second, and so on
 */
export async function killReplay(records: readonly object[], points: readonly KillPoint[]): Promise<ReplayResult> {
  await using server = await startElasticsearch();
  using project = new Project();
  const delivery = { batch: { records: 50, age: "20ms" }, concurrency: 1, retry: { min: "10ms", max: "50ms" } };
  const search = { plugin: "esstore", params: { node: server.url, index: "kills" }, delivery };
  const config = { plugins: { search }, audits: { nightly: { stores: ["search"] } }, run: ["nightly"] };
  writeFileSync(join(project.path, "c.yaml"), JSON.stringify(config));
  writeFileSync(join(project.path, "in.json"), JSON.stringify(records));
  const problems: string[] = [];
  const run = async (args: readonly string[], point?: KillPoint): Promise<number | null> => {
    let requests = 0;
    const command = new Command(args, project.path, point);
    server.faults.every(1, {
      kind: "hang",
      on: (request) => {
        if (isBulk(request)) command.requested((requests += 1));
        return false;
      },
    });
    command.child.stdin?.end();
    const { code, stderr } = await command.ended;
    if (code !== null && code !== 0) problems.push(`${args.slice(0, 2).join(" ")} ended with ${code}: ${stderr}`);
    return code;
  };
  server.itemFault = () => ({ status: 400, type: "document_parsing_exception", reason: "failed to parse field [n]" });
  const written = await run(["write", "-c", "c.yaml", "in.json"]);
  if (written === 1) problems.length = 0;
  server.itemFault = undefined;
  let kills = 0;
  for (const point of points) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    if ((await run(["dead-letters", "replay", "--yes"], point)) === null) kills += 1;
  }
  await run(["dead-letters", "replay", "--yes"]);
  const list = await new Command(["dead-letters", "list", "--json"], project.path, undefined).ended;
  const { groups } = JSON.parse(list.stdout) as { groups: unknown[] };
  if (groups.length > 0) problems.push(`Some dead letters are left: ${list.stdout}`);
  const there = server.documents("kills").size;
  if (there !== records.length) problems.push(`${there} of ${records.length} records are there.`);
  if (server.updated > 0) problems.push(`${server.updated} were replaced.`);
  return { kills, lost: records.length - there, twice: server.updated, problems };
}
