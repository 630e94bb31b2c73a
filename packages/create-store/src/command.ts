import { relative, resolve } from "node:path";
import { Command, CommanderError, Option } from "commander";
import { ask } from "./ask.ts";
import { namesOf } from "./names.ts";
import { isFree, KINDS, type Kind, makePackage, type Wanted } from "./templates.ts";

/** What the command needs of its process. */
export interface World {
  readonly cwd: string;
  /** Whether somebody can be asked. */
  readonly isTerminal: boolean;
  readonly year: number;
  out(text: string): unknown;
  err(text: string): unknown;
}

interface Options {
  readonly kind?: Exclude<Kind, "tap">;
  readonly tap?: true;
  readonly yes?: true;
}

/**
 * Makes the package that the arguments describe.
 * @returns the exit code: 64 if the arguments are wrong or something is missing, 73 if the folder is not empty, 130 if
 *   the questions were broken off
 */
export async function createCommand(args: readonly string[], world: World): Promise<number> {
  const read = parse(args, world);
  if (typeof read === "number") return read;
  const { name, options } = read;
  const given: Wanted = { name, kind: options.tap ? "tap" : (options.kind ?? (options.yes && "blank")) };
  const asks = world.isTerminal && !options.yes;
  const wanted = asks ? await ask(given) : given;
  if (!wanted) return 130;
  const { kind = "blank" } = wanted;
  if (wanted.name === undefined) {
    world.err("The name is missing: npm create @cloudmarker/store NAME, such as kafka or @acme/kafka.\n");
    return 64;
  }
  const names = namesOf(wanted.name, kind === "tap");
  if (typeof names === "string") {
    world.err(`${names}\n`);
    return 64;
  }
  const folder = resolve(world.cwd, names.package.replace(/^@[^/]+\//u, ""));
  const shown = relative(world.cwd, folder);
  if (!(await isFree(folder))) {
    world.err(
      `The folder ${shown} is not empty, and nothing in it is overwritten. Choose another name, or move it away.\n`,
    );
    return 73;
  }
  const files = await makePackage({ folder, names, kind, year: world.year });
  world.out(`${files.map((file) => `  ${shown}/${file}\n`).join("")}\n${nextSteps(shown, kind)}`);
  return 0;
}

function nextSteps(folder: string, kind: Kind): string {
  const source = kind === "tap" ? "what becomes of a record" : "open, write and check";
  return `Next:
  cd ${folder}
  npm install
  npm test          the tests of the contract; they pass as they are
Then change src/index.ts: ${source}. npm run readme writes its params into README.md, and npm publish publishes it.
`;
}

function parse(args: readonly string[], world: World): { name?: string; options: Options } | number {
  const command = new Command("npm create @cloudmarker/store")
    .usage("NAME -- [options]")
    .description(
      "Makes a package with a store (or a tap) for Cloudmarker: its source, tests that pass, and all that publishing needs.",
    )
    .argument("[name]", "of the store, such as kafka or @acme/kafka; the package is cloudmarker-store-kafka")
    .addOption(
      new Option("--kind <kind>", "what the store writes to; asked if it is not given").choices(Object.keys(KINDS)),
    )
    .addOption(new Option("--tap", "a tap, which changes or drops records, in place of a store").conflicts("kind"))
    .option("--yes", "ask nothing: what is not given is the default (--kind blank)")
    .addHelpText(
      "after",
      `\nKinds:\n${Object.entries(KINDS)
        .map(([kind, what]) => `  ${kind.padEnd(6)} ${what}\n`)
        .join("")}`,
    )
    .configureOutput({ writeOut: world.out, writeErr: world.err })
    .exitOverride();
  try {
    command.parse([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 64;
  }
  const [name] = command.processedArgs as [string | undefined];
  return { options: command.opts<Options>(), ...(name !== undefined && { name }) };
}
