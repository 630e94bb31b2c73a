import {
  configSchema,
  describeParams,
  ERROR_TABLE,
  EXIT,
  FIRST_PARTY,
  type ExitCode,
  listInstalled,
  suggest,
} from "@cloudmarker/core";
import type { Command } from "commander";
import { usageError } from "../errors.ts";
import { COMMAND_ERRORS, EXIT_TABLE } from "../exit-codes.ts";
import { PRESETS } from "../presets/table.ts";
import { exampleOf, placesOf } from "../presets/words.ts";
import { docsOf } from "../render/error.ts";
import { printHelp } from "../render/print-text.ts";
import { indent } from "../render/text.ts";
import type { Session } from "../session.ts";
import { paramLines, showPlugin } from "./show-plugin.ts";

const ERRORS = { ...ERROR_TABLE, ...COMMAND_ERRORS };

/** Topics that are no command, with what is said about them. */
export const TOPICS: Readonly<Record<string, (bold: Bold) => string>> = {
  config: configTopic,
  "exit-codes": exitCodes,
  errors,
  scanners,
};

type Bold = (text: string) => string;

/**
 * `cloudmarker help TOPIC`: prints what the tables of the program and the schemas say, from which the documentation is
 * generated too.
 * @throws UsageError if there is no such topic
 */
export async function help(words: readonly string[], program: Command, session: Session): Promise<ExitCode> {
  const { stdout } = session.world;
  const { bold } = session.colors;
  const topic = words.join(" ");
  const text = Object.hasOwn(TOPICS, topic) ? TOPICS[topic]?.(bold) : undefined;
  const command = find(program, words);
  if (text !== undefined)
    await printHelp(stdout, command ? `${text}\nOf the command: cloudmarker ${topic} --help\n` : text);
  else if (command) command.outputHelp();
  else if (Object.hasOwn(ERRORS, topic.toUpperCase())) await printHelp(stdout, errorText(topic.toUpperCase(), bold));
  else return pluginOrNothing(topic, program, session);
  return EXIT.OK;
}

/** The command that these words name; the program if there are none. */
function find(command: Command, [word, ...more]: readonly string[]): Command | undefined {
  if (word === undefined) return command;
  const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
  return next && find(next, more);
}

async function pluginOrNothing(topic: string, program: Command, session: Session): Promise<ExitCode> {
  const commands = program
    .createHelp()
    .visibleCommands(program)
    .map((command) => command.name());
  const known = [...Object.keys(TOPICS), ...commands, ...FIRST_PARTY, ...Object.keys(ERRORS)];
  if (FIRST_PARTY.includes(topic) || /^\.{0,2}\//u.test(topic)) return showPlugin(topic, session);
  const { config } = await session.host().inspect();
  const keys = Object.keys(config.value.plugins);
  const installed = listInstalled(config.directoryOf(["plugins"])).map(({ name }) => name);
  if ([...keys, ...installed].includes(topic)) return showPlugin(topic, session);
  const meant = suggest(topic, [...known, ...keys, ...installed]);
  throw usageError("unknownTopic", { topic, meant, topics: Object.keys(TOPICS), commands });
}

/** The keys of a configuration file. */
function configTopic(bold: Bold): string {
  const keys = describeParams({ ...configSchema([]), type: "object" }).filter(
    // What a store's own `delivery` has is described once, and keys of the predecessor have no type.
    ({ name, type }) => type !== "any" && !name.startsWith("plugins.*.delivery."),
  );
  return [
    "A configuration file has these keys; * stands for a name of your own. Values may be ${VAR}, ${VAR:-default} or",
    "${file:/path}. cloudmarker init writes such a file, cloudmarker config prints what counts of yours, cloudmarker",
    "schema the schema for editors, and cloudmarker help PLUGIN the params of a plugin.",
    "",
    ...keys.flatMap((key) => paramLines(key, bold)),
    "",
  ].join("\n");
}

function exitCodes(bold: Bold): string {
  const rows = EXIT_TABLE.flatMap(({ code, meaning }) => [bold(String(code)), indent(meaning)]);
  return ["The lowest line that applies is the exit code.", "", ...rows, ""].join("\n");
}

function errors(bold: Bold): string {
  return Object.keys(ERRORS)
    .map((name) => errorText(name, bold))
    .join("");
}

/** What each preset of `--from` stands for. */
function scanners(bold: Bold): string {
  const rows = [...PRESETS].flatMap(([name, preset]) => {
    const { title, noun, id, time } = preset;
    const places = placesOf(preset);
    const facts = [
      exampleOf(name, preset),
      places.length > 0 && `Records: each ${noun} at ${places.join(", ")}`,
      id.length > 0 && `Identity: ${id.join(", ")}`,
      time.length > 0 && `Time: ${time.map(({ from }) => from).join(", ")}`,
    ].filter((fact) => fact !== false);
    return [`${bold(name)}: ${title}`, indent(facts.join("\n"))];
  });
  const about = "Each is a default for what a scanner writes; what you say yourself wins. Its name is the worker.";
  return [about, "", ...rows, ""].join("\n");
}

function errorText(name: string, bold: Bold): string {
  const { exit, what, fix } = ERRORS[name as keyof typeof ERRORS];
  return `${bold(name)} (exit code ${exit})\n${indent(`${what}\n${fix}\n${docsOf(name)}`)}\n`;
}
