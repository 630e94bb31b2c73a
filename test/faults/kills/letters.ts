import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type ElasticsearchServer,
  isBulk,
  startElasticsearch,
} from "../../../packages/store-testkit/src/servers/elasticsearch/server.ts";
import { Project } from "../../support/project.ts";
import { Command, type Ended, type KillPoint, RUN } from "./process.ts";

/** What became of records whose dead letters were at stake. */
export interface LettersResult {
  readonly kills: number;
  readonly lost: number;
  readonly twice: number;
  /** What must not be, each as a sentence. */
  readonly problems: readonly string[];
}

/** Kills a command, perhaps again as it is repeated, and lets it come to its end. */
type Killing = (records: readonly object[], points: readonly KillPoint[]) => Promise<LettersResult>;

/** Has every record refused, and kills the replay of the dead letters. */
export const killReplay: Killing = (records, points) =>
  play(async (round) => {
    await round.refused("in.json", records, RUN);
    await round.untilDone(["dead-letters", "replay", "--yes"], points);
    await round.expectLetters(0);
    round.expectStored(records.length);
  });

/** Forgets a run whose store is away: what it has not got becomes dead letters, which then arrive. */
export const killForget: Killing = (records, points) =>
  play(async (round) => {
    round.file("in.json", records);
    const written = await round.run(["write", "-c", "c.yaml", "--run-id", RUN, "--deadline", "400ms", "in.json"], {
      hangsAt: 2,
    });
    round.expectCode(written, [75]);
    // One that is repeated may find nothing any more.
    await round.untilDone(["runs", "forget", RUN, "--yes"], points, [0, 64]);
    const left = readdirSync(join(round.folder, "cloudmarker", "runs"));
    if (left.length > 0) round.problems.push(`The state folder still has ${left.join(", ")}.`);
    const stored = round.server.documents(INDEX).size;
    await round.expectLetters(records.length - stored);
    round.expectCode(await round.run(["dead-letters", "replay", "--yes"]), [0]);
    round.expectStored(records.length);
  });

/** Removes the dead letters of a run; those of another one arrive. */
export const killPurge: Killing = (records, points) =>
  play(async (round) => {
    const half = records.length / 2;
    await round.refused("in.json", records.slice(0, half), RUN);
    await round.refused("other.json", records.slice(half), "r2");
    await round.untilDone(["dead-letters", "purge", "--run", RUN, "--yes"], points);
    await round.expectLetters(records.length - half);
    round.expectCode(await round.run(["dead-letters", "replay", "--yes"]), [0]);
    round.expectStored(records.length - half);
  });

const INDEX = "kills";

async function play(script: (round: LettersRound) => Promise<void>): Promise<LettersResult> {
  const server = await startElasticsearch();
  using project = new Project();
  try {
    const round = new LettersRound(server, project.path);
    await script(round);
    const { kills, lost, problems } = round;
    return { kills, lost, twice: server.updated, problems };
  } finally {
    await server.stop();
  }
}

class LettersRound {
  readonly server: ElasticsearchServer;
  readonly folder: string;
  readonly problems: string[] = [];
  kills = 0;
  lost = 0;

  constructor(server: ElasticsearchServer, folder: string) {
    this.server = server;
    this.folder = folder;
    const delivery = { batch: { records: 50, age: "20ms" }, concurrency: 1, retry: { min: "10ms", max: "50ms" } };
    const search = { plugin: "esstore", params: { node: server.url, index: INDEX }, delivery };
    this.file("c.yaml", { plugins: { search }, audits: { nightly: { stores: ["search"] } }, run: ["nightly"] });
  }

  file(name: string, value: unknown): void {
    writeFileSync(join(this.folder, name), JSON.stringify(value));
  }

  /** @param more where it is killed, and from which request on the server does not answer */
  async run(
    args: readonly string[],
    { point, hangsAt = Infinity }: { readonly point?: KillPoint | undefined; readonly hangsAt?: number } = {},
  ): Promise<Ended> {
    let requests = 0;
    const command = new Command(args, this.folder, point);
    this.server.faults.every(1, {
      kind: "hang",
      on: (request) => {
        if (!isBulk(request)) return false;
        requests += 1;
        command.requested(requests);
        return requests >= hangsAt;
      },
    });
    command.child.stdin?.end();
    const ended = await command.ended;
    if (ended.code === null) this.kills += 1;
    return ended;
  }

  expectCode({ code, stderr }: Ended, codes: readonly number[]): void {
    if (code !== null && !codes.includes(code)) this.problems.push(`A process ended with ${code}: ${stderr}`);
  }

  /** Writes records, all of which become dead letters. */
  async refused(name: string, records: readonly object[], run: string): Promise<void> {
    this.file(name, records);
    const reason = "failed to parse field [n]";
    this.server.itemFault = () => ({ status: 400, type: "document_parsing_exception", reason });
    this.expectCode(await this.run(["write", "-c", "c.yaml", "--run-id", run, name]), [1]);
    this.server.itemFault = undefined;
  }

  /** Runs a command that is killed at each of the points, and once more. */
  async untilDone(
    args: readonly string[],
    points: readonly KillPoint[],
    codes: readonly number[] = [0],
  ): Promise<void> {
    for (const point of points) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      this.expectCode(await this.run(args, { point }), codes);
    }
    this.expectCode(await this.run(args), codes);
  }

  /** So many dead letters are there, and each is of another record. */
  async expectLetters(count: number): Promise<void> {
    const { stdout } = await this.run(["dead-letters", "export", "--state", "kept"]);
    const ids = stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { id: string }).id);
    if (ids.length !== count || new Set(ids).size !== count)
      this.problems.push(`${ids.length} dead letters of ${new Set(ids).size} records are there, and not ${count}.`);
  }

  /** The server has so many records, and none was sent twice under another id. */
  expectStored(count: number): void {
    const there = this.server.documents(INDEX).size;
    this.lost = count - there;
    if (there !== count) this.problems.push(`${there} of ${count} records are there.`);
    if (this.server.updated > 0) this.problems.push(`${this.server.updated} were replaced.`);
  }
}
