import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { type Store, defineStore } from "@cloudmarker/store-api";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigError, createHost, type Host, type HostOptions } from "../../src/index.ts";

const isRoot = process.geteuid?.() === 0;
const isLinux = platform() === "linux";

let folder: string;
let opened: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cloudmarker-state-"));
  opened = 0;
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A store that refuses everything, so that there are dead letters. */
const refusing = defineStore({
  name: "refusing",
  apiVersion: 1,
  params: { type: "object" },
  open(): Store {
    opened++;
    return { write: (batch) => batch.map((_, index) => ({ index, status: "reject", code: "no", reason: "no" })) };
  },
});

function hostOf(stateDir: string | undefined, more: HostOptions = {}): Host {
  return createHost({ stores: { s: refusing }, cwd: folder, ...(stateDir !== undefined && { stateDir }), ...more });
}

/** What the host says of its state folder, whether it is opened or checked: the same. */
async function problemOf(stateDir: string | undefined, more?: HostOptions): Promise<string> {
  const errors = [];
  for (const begin of [(host: Host) => host.open(), (host: Host) => host.check(), (host: Host) => host.write({ n: 1 })])
    errors.push(await begin(hostOf(stateDir, more)).catch((error: unknown) => error));
  expect(opened).toBe(0);
  const [first, ...others] = errors as ConfigError[];
  expect(first).toBeInstanceOf(ConfigError);
  expect(first).toMatchObject({ exit: 78, problems: [{ code: "unusable_state_dir", path: ["state_dir"] }] });
  for (const other of others) expect(other.problems).toEqual(first?.problems);
  return first?.problems[0]?.message.replaceAll(folder, "DIR") ?? "";
}

/** The message for a reason. */
function unusable(path: string, why: string): string {
  return `The state folder ${path}, which keeps what cannot be delivered, cannot be used: ${why} Another one can be named with state_dir or --state-dir.`;
}

describe("a state folder that cannot be used is reported before a store is opened (L-20)", () => {
  test("a file in its place, and in the place of the folder for dead letters", async () => {
    writeFileSync(join(folder, "file"), "");
    expect(await problemOf("file")).toBe(unusable("DIR/file", "DIR/file is not a folder; move it away."));
    mkdirSync(join(folder, "state"));
    writeFileSync(join(folder, "state", "dead-letters"), "");
    const why = "DIR/state/dead-letters is not a folder; move it away.";
    expect(await problemOf("state")).toBe(unusable("DIR/state", why));
  });

  test.runIf(isLinux)("HOME=/dev/null", async () => {
    const path = "/dev/null/.local/state/cloudmarker";
    const expected = unusable(path, "/dev/null is in the way, and is not a folder.");
    expect(await problemOf(undefined, { home: "/dev/null", env: {} })).toBe(expected);
  });

  test("one below a file", async () => {
    writeFileSync(join(folder, "file"), "");
    expect(await problemOf("file/below/it")).toBe(
      unusable("DIR/file/below/it", "DIR/file is in the way, and is not a folder."),
    );
  });

  test.each(["into nowhere", "round", "to a folder"])("a link %s", async (kind) => {
    mkdirSync(join(folder, "real"));
    const targets: Record<string, string> = { "into nowhere": "gone", round: "link", "to a folder": "real" };
    symlinkSync(targets[kind] ?? "", join(folder, "link"));
    const why = "DIR/link is a link; name the folder that it leads to, or remove it.";
    expect(await problemOf("link")).toBe(unusable("DIR/link", why));
    expect(readdirSync(join(folder, "real"))).toEqual([]);
  });

  test.runIf(isLinux)("where no folder can be made", async () => {
    expect(await problemOf("/proc/cloudmarker/state")).toBe(
      unusable("/proc/cloudmarker/state", "no folder can be made in /proc."),
    );
  });

  test.runIf(isRoot)("one of another user", async () => {
    mkdirSync(join(folder, "state"));
    chownSync(join(folder, "state"), 4242, 4242);
    const why = "DIR/state belongs to the user with the id 4242, and this process runs as 0: run it as that user.";
    expect(await problemOf("state")).toBe(unusable("DIR/state", why));
  });

  test.runIf(!isRoot && isLinux)("one that is not writable (skipped for root, who may write all)", async () => {
    mkdirSync(join(folder, "closed"), { mode: 0o500 });
    const why = "there is no permission to write in DIR/closed.";
    expect(await problemOf("closed/state")).toBe(unusable("DIR/closed/state", why));
  });

  test.runIf(isRoot && isLinux)("one on a file system that is full, or read-only", async () => {
    const disk = join(folder, "disk");
    mkdirSync(disk);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", disk]);
    try {
      mkdirSync(join(disk, "dead-letters"), { mode: 0o700 });
      expect(() => writeFileSync(join(disk, "filler"), Buffer.alloc(100_000))).toThrow("ENOSPC");
      expect(await problemOf(disk)).toBe(unusable("DIR/disk", "there is no room left on its disk; make some."));
      execFileSync("mount", ["-o", "remount,ro", disk]);
      const why = "DIR/disk/dead-letters is on a file system that cannot be written to.";
      expect(await problemOf(disk)).toBe(unusable("DIR/disk", why));
    } finally {
      execFileSync("umount", [disk]);
    }
  });

  test("a pipe, a link or a folder in the place of the file of the input", async () => {
    const letters = join(folder, "state", "dead-letters");
    mkdirSync(letters, { recursive: true, mode: 0o700 });
    const file = join(letters, "input.ndjson");
    symlinkSync(join(folder, "elsewhere"), file);
    const shown = "DIR/state/dead-letters/input.ndjson";
    const link = `${shown} is a link; name the file that it leads to, or remove it.`;
    expect(await problemOf("state")).toBe(unusable("DIR/state", link));
    rmSync(file);
    if (platform() !== "win32") execFileSync("mkfifo", [file]);
    else mkdirSync(file);
    expect(await problemOf("state")).toBe(unusable("DIR/state", `${shown} is not a regular file; move it away.`));
    expect(existsSync(join(folder, "elsewhere"))).toBe(false);
  });

  test("with the place of state_dir in the configuration", async () => {
    writeFileSync(join(folder, "file"), "");
    writeFileSync(
      join(folder, "c.yaml"),
      "plugins: { s: { plugin: s } }\naudits: { a: { stores: [s] } }\nstate_dir: ./file\n",
    );
    const options = { cwd: folder, configFile: "c.yaml", plugins: { s: refusing } };
    const error: unknown = await createHost(options)
      .open()
      .catch((thrown: unknown) => thrown);
    const location = { file: join(folder, "c.yaml"), line: 3, column: 12 };
    expect(error).toMatchObject({ problems: [{ code: "unusable_state_dir", location }] });
  });
});

describe("a state folder (L-20)", () => {
  test("is made for its owner alone, with nothing in it but its folders", async () => {
    const host = hostOf("a/b/state");
    await host.open();
    const paths = ["a", "a/b", "a/b/state", "a/b/state/dead-letters", "a/b/state/receipts", "a/b/state/runs"];
    const modes = paths.map((path) => statSync(join(folder, path)).mode & 0o777);
    expect(modes).toEqual(platform() === "win32" ? modes : paths.map(() => 0o700));
    expect(readdirSync(join(folder, "a/b/state"))).toEqual(["dead-letters", "receipts", "runs"]);
    expect(readdirSync(join(folder, "a/b/state/dead-letters"))).toEqual([]);
    await host.done();
  });

  test.skipIf(platform() === "win32")(
    "that others could read is closed, with its files, and a warning says so",
    async () => {
      const letters = join(folder, "state", "dead-letters");
      mkdirSync(letters, { recursive: true });
      for (const path of [join(folder, "state"), letters]) chmodSync(path, 0o755);
      const file = join(letters, "input.ndjson");
      writeFileSync(file, "before\n", { mode: 0o644 });
      const host = hostOf("state");
      await host.write({ n: 1 });
      await host.done();
      const modes = [join(folder, "state"), letters, file].map((path) => statSync(path).mode & 0o777);
      expect(modes).toEqual([0o700, 0o700, 0o600]);
      expect(host.warnings.map((warning) => warning.replaceAll(folder, "DIR"))).toEqual([
        "Others could read DIR/state: it is now for its owner alone.",
        "Others could read DIR/state/dead-letters: it is now for its owner alone.",
        "Others could read DIR/state/dead-letters/input.ndjson: it is now for its owner alone.",
      ]);
      expect(readFileSync(file, "utf8")).toBe("before\n");
    },
  );

  test("is not made for an explanation, nor if something else is wrong", async () => {
    const host = hostOf("state", { explain: () => undefined });
    await host.write({ n: 1 });
    await host.done();
    await expect(createHost({ config: {}, audit: "no", cwd: folder, stateDir: "state" }).open()).rejects.toThrow(
      "1 problem",
    );
    expect(existsSync(join(folder, "state"))).toBe(false);
  });

  test.runIf(isLinux)("is not where a relative XDG_STATE_HOME would have it", async () => {
    const host = hostOf(undefined, { home: folder, env: { XDG_STATE_HOME: "relative" } });
    await host.open();
    expect(existsSync(join(folder, ".local/state/cloudmarker/dead-letters"))).toBe(true);
    expect(existsSync("relative")).toBe(false);
    await host.done();
  });
});
