import { existsSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import {
  ConfigError,
  EXIT,
  type ExitCode,
  formatProblem,
  type Host,
  isCloudmarkerError,
  loadPlugin,
  messageOf,
  shellWord,
} from "@cloudmarker/core";
import { usageError } from "../errors.ts";
import { type Answers, Asker, Left } from "../init/ask.ts";
import {
  configOf,
  type Drafted,
  fileText,
  SCHEMA_FILE,
  unwrapped,
  variablesOf,
  writtenSecrets,
} from "../init/draft.ts";
import { STORE_QUESTIONS } from "../init/questions.ts";
import { isMap } from "../is-map.ts";
import type { StoreOptions } from "../options.ts";
import { isLive } from "../render/text.ts";
import { selectStores } from "../select-stores.ts";
import { BUNDLED, type Session } from "../session.ts";
import { systemText } from "../system-text.ts";
import { schemaText } from "./schema.ts";

const DEFAULT_FILE = "cloudmarker.yaml";

/** What the whole command works with. */
interface Place {
  readonly session: Session;
  /** Absolute path of the new file. */
  readonly file: string;
  readonly audit: string;
}

/**
 * `cloudmarker init`: asks for a store, tries it, and writes a configuration file and its schema. With `--store` it
 * asks and tries nothing. It never overwrites a file.
 */
export async function init(options: StoreOptions, session: Session): Promise<ExitCode> {
  const { cwd, stdin, stderr } = session.world;
  const { store = [], audit = "default" } = options;
  const [named = DEFAULT_FILE, ...more] = options.config || [];
  if (more.length > 0) throw usageError("initFiles", {});
  const file = resolve(cwd, named);
  if (existsSync(file)) throw usageError("initExists", { file: named });
  if (!existsSync(dirname(file))) throw usageError("initUnwritable", { file: named, why: "there is no such folder" });
  const place = { session, file, audit };
  if (store.length > 0) return finish(await draftOf(options, place), named, place);
  if (options.param) throw usageError("paramWithoutStore", {});
  if (stdin.isTTY !== true || !isLive(stderr, session.world.env)) throw usageError("initTerminal", {});
  try {
    return await finish(await askAll(place), named, place);
  } catch (error) {
    if (!(error instanceof Left)) throw error;
    await session.result({ written: [], exit: EXIT.INCOMPLETE }, () => "Nothing was written.\n");
    return EXIT.INCOMPLETE;
  }
}

/** The stores of `--store` and `--param`. @throws ConfigError, UsageError */
async function draftOf(options: StoreOptions, place: Place): Promise<readonly Drafted[]> {
  const plugins = selectStores(options)?.({})["plugins"];
  const stores: Drafted[] = [];
  for (const [key, entry] of Object.entries(isMap(plugins) ? plugins : {})) {
    const { plugin, params } = entry as { readonly plugin: string; readonly params: unknown };
    const schema = await schemaOf(plugin, place);
    stores.push({ key, plugin, params: unwrapped(params) as Drafted["params"], schema });
  }
  const secrets = stores.flatMap((one) => writtenSecrets(one).map((name) => ({ store: one.key, name })));
  if (secrets.length > 0) throw usageError("initSecret", { secrets });
  const problems = await problemsOf(stores, {}, place);
  if (problems.length > 0) throw new ConfigError(problems);
  return stores;
}

/** Asks until there is a store that answers, or one that is to be written all the same; and for more of them. */
async function askAll(place: Place): Promise<readonly Drafted[]> {
  const asker = new Asker(place.session.world);
  const stores: Drafted[] = [];
  let offered = STORE_QUESTIONS;
  do {
    const questions = await asker.store(offered);
    offered = offered.filter((one) => one !== questions);
    const { store: key } = questions;
    const schema = await schemaOf(key, place);
    let answers: Answers = await asker.answers(questions);
    let params: Drafted["params"] = answers.params;
    for (;;) {
      const draft = { key, plugin: key, params, schema };
      asker.step(`Trying ${key} …`);
      const { ok, message } = await tried(draft, answers.secrets, place);
      if (ok) asker.good(message);
      else asker.bad(message);
      const next = ok ? "write" : await asker.next(isTls(params));
      if (next === "leave") throw new Left();
      if (next === "write") {
        stores.push(draft);
        break;
      }
      if (next === "ca") params = { ...params, tls: { ca: await asker.ca() } };
      else params = (answers = await asker.answers(questions, answers)).params;
    }
  } while (offered.length > 0 && (await asker.isMore()));
  return stores;
}

/** Tries the back end of a store. `secrets` are for that alone. */
async function tried(
  draft: Drafted,
  secrets: Answers["secrets"],
  place: Place,
): Promise<{ readonly ok: boolean; readonly message: string }> {
  try {
    const problems = await problemsOf([draft], secrets, place);
    if (problems.length > 0) return { ok: false, message: problems.map(formatProblem).join("\n") };
    const empty = Object.keys(secrets).find((name) => secrets[name] === "");
    if (empty !== undefined) return { ok: true, message: `${empty} has no value, so it was not tried.` };
    const reports = await hostOf([draft], secrets, place).check();
    const bad = reports.find(({ ok }) => !ok);
    return bad
      ? { ok: false, message: `${bad.code}: ${bad.message}` }
      : { ok: true, message: reports[0]?.message ?? "" };
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
}

/** What is wrong with the stores. A variable that is not set yet is no mistake. */
async function problemsOf(
  stores: readonly Drafted[],
  secrets: Answers["secrets"],
  place: Place,
): Promise<ConfigError["problems"]> {
  const unset = variablesOf(stores.map(({ params }) => params)).filter((name) => !place.session.world.env[name]);
  const filled = Object.fromEntries(unset.map((name) => [name, secrets[name] || "not-set"]));
  return (await hostOf(stores, filled, place).inspect()).problems;
}

function hostOf(stores: readonly Drafted[], secrets: Answers["secrets"], { session, audit, file }: Place): Host {
  const env = { ...session.world.env, ...secrets };
  // A person waits for the answer.
  const delivery = { timeout: "15s" };
  return session.host({ config: configOf(stores, audit), env, cwd: dirname(file), delivery });
}

/** The schema of a plugin; undefined if it is not installed. */
async function schemaOf(ref: string, { session, file }: Place): Promise<Drafted["schema"]> {
  const { around } = session.world.calls;
  try {
    const { plugin } = await loadPlugin({ ref, directory: dirname(file), bundledFrom: [BUNDLED], around });
    return plugin.params;
  } catch (error) {
    if (isCloudmarkerError(error) && error.code === "PLUGIN_NOT_FOUND") return undefined;
    throw error;
  }
}

function isTls({ node, uri, host }: Drafted["params"]): boolean {
  return [node, uri, host].some((at) => typeof at === "string" && /^https:|tls=true/u.test(at));
}

/** Writes the files, and says what comes next. */
async function finish(stores: readonly Drafted[], named: string, place: Place): Promise<ExitCode> {
  const { session, file, audit } = place;
  const schema = join(dirname(file), SCHEMA_FILE);
  const written = [named];
  write(file, named, fileText(stores, audit));
  if (!existsSync(schema)) {
    write(schema, SCHEMA_FILE, await schemaText(session, session.host({ configFile: [file] })));
    written.push(join(dirname(named), SCHEMA_FILE));
  }
  const unset = variablesOf(stores.map(({ params }) => params)).filter((name) => !session.world.env[name]);
  const isFound = basename(file) === DEFAULT_FILE && dirname(file) === session.world.cwd;
  const option = isFound ? "" : ` -c ${shellWord(named)}`;
  const next = [
    ...unset.map((name) => `export ${name}=…`),
    `cloudmarker check${option}`,
    `cloudmarker write${option} scan.json`,
  ];
  await session.result({ written, next, exit: EXIT.OK }, () => {
    const lines = next.map((line) => `  ${line}\n`);
    return `Wrote ${written.join(" and ")}. Next:\n${lines.join("")}`;
  });
  return EXIT.OK;
}

function write(file: string, named: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: "wx" });
  } catch (error) {
    throw usageError("initUnwritable", { file: named, why: systemText(error) });
  }
}
