import { fileURLToPath } from "node:url";
import { createHost, type Host, type HostOptions } from "@cloudmarker/core";
import type { CommonOptions, StoreOptions, WriteOptions } from "./options.ts";
import { rewriteFailFast } from "./fail-fast.ts";
import { originOf, rewriteOrigin } from "./origin.ts";
import { rewriteByPreset } from "./presets/apply.ts";
import { printText } from "./render/print-text.ts";
import { Reporter } from "./render/reporter.ts";
import { colorsFor, type Colors } from "./render/text.ts";
import { selectStores } from "./select-stores.ts";
import { print, type World } from "./world.ts";

/** The parts that every command works with. */
export interface Session {
  readonly world: World;
  readonly reporter: Reporter;
  /** What `--store` names. */
  readonly stores: readonly string[];
  /** Colours for standard output. */
  readonly colors: Colors;
  /**
   * Prints the result on standard output: the document with `--json`, else the text.
   * @param how `verbatim`: the text is for programs too, and no line of it is broken
   */
  result(document: unknown, text: () => string, how?: "verbatim"): Promise<void>;
  /** Makes a host with the configuration of the options; nothing is read or opened yet. */
  host(more?: HostOptions): Host;
}

/** Folder of this package: from here the host finds FileStore, which comes with it, by its short name. */
export const BUNDLED: string = fileURLToPath(new URL("..", import.meta.url));

/** The options that a session reads. */
export type SessionOptions = CommonOptions &
  StoreOptions &
  Pick<WriteOptions, "origin" | "worker" | "from" | "deadline" | "failFast">;

/** Makes the session of one command. @throws UsageError for an impossible `--store`, `--param` or `--origin` */
export function createSession(world: World, options: SessionOptions): Session {
  const reporter = new Reporter(world.stderr, colorsFor(world.stderr, world.env), options);
  // The name of each tap, which warnings and failures show.
  const rewrites = {
    "command line: stores": selectStores(options),
    "command line: delivery": rewriteFailFast(options),
    "command line: origin": rewriteOrigin(originOf(options)),
    // The last one, since the others win.
    "command line: --from": rewriteByPreset(options),
  };
  world.onStray((line) => reporter.stray(line));
  return {
    world,
    reporter,
    stores: options.store ?? [],
    colors: colorsFor(world.stdout, world.env),
    result: (document, text, how) =>
      options.json
        ? print(world.stdout, `${JSON.stringify(document, undefined, 2)}\n`)
        : (how === "verbatim" ? print : printText)(world.stdout, text()),
    host: (more) => {
      const { cwd, home, env } = world;
      const host = createHost({
        cwd,
        home,
        env,
        around: world.calls.around,
        logger: reporter,
        bundledFrom: [BUNDLED],
        ...(options.stateDir !== undefined && { stateDir: options.stateDir }),
        ...(more?.config === undefined && options.config !== undefined && { configFile: options.config || [] }),
        ...(options.audit !== undefined && { audit: options.audit }),
        ...more,
      });
      reporter.mask = (text) => host.mask(text);
      world.maskBy((text) => host.mask(text));
      for (const [name, rewrite] of Object.entries(rewrites)) if (rewrite) host.hooks.config.tap(name, rewrite);
      return host;
    },
  };
}
