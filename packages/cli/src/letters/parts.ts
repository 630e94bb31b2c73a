import type { RunSummary } from "@cloudmarker/core";
import { commonOf } from "../common-options.ts";
import { runError, usageError } from "../errors.ts";
import type { ReplayOptions } from "../options.ts";
import { type AboutRun, readAbout } from "../runs/about-run.ts";
import { configOf, sessionOfRun } from "../runs/run-session.ts";
import { createSession, type Session } from "../session.ts";
import type { World } from "../world.ts";

/** Runs whose dead letters are sent again with one configuration. */
export interface ReplayPart {
  readonly runs: readonly string[];
  /** Relative paths of the command line of these runs start here. */
  readonly cwd: string | undefined;
  /** Nothing is known of these runs, and no configuration was named. */
  readonly isUnknown: boolean;
  /**
   * @throws CommandError if the configuration or a secret of it is gone and not given, or is that of another program
   */
  session(): Session;
}

/**
 * Divides runs by their configuration: each remembers its own. Of a run that nothing is known of, it is the one that
 * `write` would use here. Nothing is known of a run that another process has.
 * @param runs of the dead letters
 * @param known what the state folder knows of runs
 * @throws UsageError if a `--param` belongs to none of them
 */
export function partsOf(
  runs: readonly string[],
  known: readonly RunSummary[],
  folder: string,
  options: ReplayOptions,
  world: World,
): ReplayPart[] {
  const parts = new Map<string, ReplayPart & { readonly runs: string[] }>();
  const unused = new Set(options.param?.keys());
  const add = (key: unknown, run: string, make: () => Omit<ReplayPart, "runs">): void => {
    const text = JSON.stringify(key);
    const part = parts.get(text) ?? { ...make(), runs: [] };
    part.runs.push(run);
    parts.set(text, part);
  };
  for (const run of runs) {
    const summary = known.find((one) => one.run === run);
    const about = summary && readAbout(summary);
    if (about) {
      const param = (options.param ?? []).filter((text, index) => asksFor(about, text) && (unused.delete(index), true));
      const { cwd, store, audit, param: own, secrets, pipes } = about;
      const config = configOf(about, options, world);
      // Files of a configuration are known by their whole path, and what they say starts at the file.
      const place = store || config === false ? cwd : undefined;
      const key = [config, pipes, place, store ?? [], store && audit, own, secrets];
      add(key, run, () => ({
        cwd,
        isUnknown: false,
        session: () => sessionOfRun(run, about, folder, { ...options, param }, world),
      }));
    } else if (summary && summary.status !== "unreadable" && options.config === undefined) {
      const refuse = (): never => {
        throw runError(summary.status === "running" ? "RUN_IN_USE" : "LETTERS_FOREIGN", { run });
      };
      add([run], run, () => ({ cwd: undefined, isUnknown: false, session: refuse }));
    } else {
      const session = (): Session => createSession(world, { ...commonOf(options), stateDir: folder });
      add([], run, () => ({ cwd: undefined, isUnknown: options.config === undefined, session }));
    }
  }
  const [first] = unused;
  if (first !== undefined) throw usageError("paramNotAsked", { number: first + 1 });
  return [...parts.values()];
}

/** Whether a `--param` is a secret that the run did not keep; with one store it may be left out in front. */
function asksFor({ secrets, store = [] }: AboutRun, text: string): boolean {
  const name = text.slice(0, Math.max(0, text.indexOf("=")));
  return secrets.some((secret) => secret === name || (store.length === 1 && secret.endsWith(`.${name}`)));
}
