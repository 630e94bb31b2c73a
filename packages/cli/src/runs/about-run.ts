import { statSync } from "node:fs";
import { hasSecrets, type Inspection, type RunOrigin } from "@cloudmarker/core";
import type { KnownFile } from "../input/known-file.ts";
import type { Source } from "../input/sources.ts";
import type { WriteOptions } from "../options.ts";
import { type GivenParam, readParams } from "../select-stores.ts";

/** Who made the run, as the state folder keeps it: other programs keep something else. */
const PROGRAM = "cloudmarker write";

/** An input of a run. */
export interface KnownInput {
  /** As the person named it. */
  readonly name: string;
  readonly worker: string;
  /** Absent if it is no regular file: it cannot be read on. */
  readonly file?: KnownFile;
}

/** The options of `write` that a run keeps. */
type KeptOptions = Pick<
  WriteOptions,
  "audit" | "store" | "param" | "from" | "origin" | "worker" | "select" | "onBadLine"
>;

/**
 * What the command needs of a run when it resumes it: where its configuration came from, and how its inputs are read.
 */
export interface AboutRun extends KeptOptions {
  readonly program: typeof PROGRAM;
  /** Relative paths start here. */
  readonly cwd: string;
  /** Files of the configuration. */
  readonly files: readonly string[];
  /** Those of them that are pipes and the like, which cannot be read again. */
  readonly pipes: readonly string[];
  /** Params of the command line that are not kept, as STORE.key. */
  readonly secrets: readonly string[];
  readonly inputs: readonly KnownInput[];
}

/** A value that is only a reference, without a default, which may be a secret. */
const REFERENCE = /^\$\{(?:file:[^${}]+|[A-Za-z_][A-Za-z0-9_]*)\}$/u;

/** What a run keeps; secrets of the command line are left out. */
export function aboutRun(
  options: WriteOptions,
  sources: readonly Source[],
  cwd: string,
  inspection: Inspection,
): Readonly<Record<string, unknown>> {
  const { audit, store, from, origin, worker, select, onBadLine, param = [] } = options;
  const given = readParams(options).map((one, index) => {
    return { text: param[index] ?? "", ...one, isSecret: isSecret(one, param[index] ?? "", inspection) };
  });
  const about: AboutRun = {
    program: PROGRAM,
    cwd,
    files: inspection.config.files,
    pipes: inspection.config.files.filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() !== true),
    ...(audit !== undefined && { audit }),
    ...(store && { store }),
    param: given.filter((one) => !one.isSecret).map(({ text }) => text),
    secrets: given.filter((one) => one.isSecret).map((one) => `${one.store}.${one.name}`),
    ...(from !== undefined && { from }),
    ...(origin && { origin }),
    ...(worker !== undefined && { worker }),
    ...(select !== undefined && { select }),
    ...(onBadLine && { onBadLine }),
    inputs: sources.map(({ name, worker: own, file }) => ({ name, worker: own, ...(file && { file }) })),
  };
  return { ...about };
}

/** What a run of this command kept; undefined if another program made it. */
export function readAbout({ about }: Pick<RunOrigin, "about">): AboutRun | undefined {
  return about["program"] === PROGRAM ? (about as unknown as AboutRun) : undefined;
}

function isSecret({ store, params }: GivenParam, text: string, { stores, mask }: Inspection): boolean {
  if (REFERENCE.test(text.slice(text.indexOf("=") + 1))) return false;
  const plugin = stores.find(({ key }) => key === store)?.plugin;
  // Without the text that a number was written as.
  const plain: unknown = JSON.parse(JSON.stringify(params));
  return !plugin || hasSecrets(plugin.params, plain) || mask(text) !== text;
}
