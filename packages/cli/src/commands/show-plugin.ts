import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  describeParams,
  EXIT,
  type ExitCode,
  loadPlugin,
  type LoadedPlugin,
  type ParamDescription,
  resolveSettings,
} from "@cloudmarker/core";
import type { StorePlugin, Supports } from "@cloudmarker/store-api";
import { grouped, indent, plain } from "../render/text.ts";
import { BUNDLED, type Session } from "../session.ts";

/** What the report card of a package says, which the testkit writes. */
interface Conformance {
  readonly passed: number;
  readonly failed: number;
  readonly notAsked: number;
}

/**
 * `cloudmarker plugins NAME`: prints what a plugin takes, how it gets its records, and what its report card says. NAME
 * is a key of the configuration, or a plugin: a short name, a package, a path.
 * @throws CloudmarkerError if there is no such plugin
 */
export async function showPlugin(name: string, session: Session): Promise<ExitCode> {
  const { world } = session;
  const { config, stores, taps } = await session.host().inspect();
  const used = [...stores, ...taps].find(({ key }) => key === name)?.loaded;
  const directory = config.directoryOf(["plugins"]);
  const around = world.calls.around;
  const loaded = used ?? (await loadPlugin({ ref: name, directory, bundledFrom: [BUNDLED], around }));
  const { plugin, packageName, version, path, warnings } = loaded;
  const params = describeParams(plugin.params);
  const conformance = conformanceOf(loaded);
  const { supports = {}, batch = {} } = plugin.kind === "store" ? plugin : {};
  for (const warning of warnings) session.reporter.warn(warning);
  const document = {
    name: plugin.name,
    kind: plugin.kind,
    apiVersion: plugin.apiVersion,
    ...(packageName !== undefined && { package: packageName, version }),
    path: path ?? "",
    params,
    ...(plugin.kind === "store" && { supports, batch }),
    ...(conformance && { conformance }),
    exit: EXIT.OK,
  };
  await session.result(document, () => {
    const { bold } = session.colors;
    const from = packageName === undefined ? "" : `, ${packageName}@${version ?? "?"}`;
    const facts = plugin.kind === "store" ? [batchLine(plugin), supportsLine(supports)] : [];
    const card =
      conformance &&
      `${grouped(conformance.passed)} checks of the contract passed, ${grouped(conformance.failed)} failed, as its package says (conformance.json).`;
    return [
      `${bold(plain(plugin.name))}: a ${plugin.kind} of version ${plugin.apiVersion} of the contract${plain(from)}`,
      ...(path === undefined ? [] : [plain(path)]),
      "",
      ...(params.length === 0 ? ["It has no params."] : params.flatMap((param) => paramLines(param, bold))),
      "",
      ...facts,
      ...(card === undefined ? [] : [card]),
    ]
      .join("\n")
      .trimEnd()
      .concat("\n");
  });
  return EXIT.OK;
}

/** A param in two lines: what it is, and what it does. */
export function paramLines(param: ParamDescription, bold: (text: string) => string): string[] {
  const byDefault = param.default === undefined ? "" : `, default ${JSON.stringify(param.default)}`;
  const marks = [param.required && ", required", param.secret && ", secret"].filter(Boolean).join("");
  const head = `${bold(plain(param.name))}: ${plain(`${param.type}${byDefault}${marks}`)}`;
  return param.description === "" ? [head] : [head, indent(plain(param.description))];
}

function batchLine(plugin: StorePlugin): string {
  const { batchRecords, batchBytes, concurrency } = resolveSettings(plugin);
  return `It gets batches of ${grouped(batchRecords)} records or ${grouped(batchBytes)} bytes at most, ${grouped(concurrency)} at a time; delivery.batch and delivery.concurrency change that.`;
}

/** In words, what a store says that it supports. */
function supportsLine({ idempotent, wholeBatches, ordered, durable }: Supports): string {
  const says = [
    idempotent === true
      ? "A record that is sent twice is there once."
      : "A record that is sent twice may be there twice.",
    ...(wholeBatches === true && idempotent !== true ? ["A batch that is sent twice whole is there once."] : []),
    ...(ordered === true ? ["It keeps the order of the records."] : []),
    ...(durable === true ? ["What it has confirmed is on disk."] : []),
  ];
  return says.join(" ");
}

function conformanceOf({ packageDirectory }: LoadedPlugin): Conformance | undefined {
  if (packageDirectory === undefined) return undefined;
  try {
    const card: unknown = JSON.parse(readFileSync(join(packageDirectory, "conformance.json"), "utf8"));
    const { passed, failed, notAsked } = card as Record<string, unknown>;
    const counts = [passed, failed, notAsked];
    return counts.every(Number.isSafeInteger) ? ({ passed, failed, notAsked } as Conformance) : undefined;
  } catch {
    // Few packages have one.
    return undefined;
  }
}
