import {
  FIRST_PARTY,
  EXIT,
  configSchema,
  listInstalled,
  loadPlugin,
  messageOf,
  type ExitCode,
  type Host,
  type LoadedPlugin,
} from "@cloudmarker/core";
import { BUNDLED, type Session } from "../session.ts";
import { print } from "../world.ts";

/** A plugin with all the names that stand for it. */
interface Described {
  readonly refs: string[];
  readonly keys: string[];
  readonly plugin: LoadedPlugin["plugin"];
}

/**
 * `cloudmarker schema`: prints one JSON Schema for a configuration file, for completion in editors. It covers exactly
 * the plugins that the configuration names or that are installed beside it.
 */
export async function schema(session: Session): Promise<ExitCode> {
  await print(session.world.stdout, await schemaText(session, session.host()));
  return EXIT.OK;
}

/** The schema for the configuration of a host, as the text of a file. */
export async function schemaText(session: Session, host: Host): Promise<string> {
  const { config } = await host.inspect();
  const directory = config.directoryOf(["plugins"]);
  const entries = Object.entries(config.value.plugins);
  const named = entries.map(([, { plugin }]) => plugin).filter((ref) => typeof ref === "string");
  const installed = listInstalled(directory).map(({ name }) => name);
  const refs = [...new Set([...FIRST_PARTY, ...named, ...installed])];

  const described = new Map<string, Described>();
  const loading = refs.map((ref) =>
    loadPlugin({ ref, directory, bundledFrom: [BUNDLED], around: session.world.calls.around }),
  );
  for (const [index, result] of (await Promise.allSettled(loading)).entries()) {
    const ref = refs[index] ?? "";
    if (result.status === "rejected") {
      // A plugin of ours that is not installed is left out.
      if (!FIRST_PARTY.includes(ref)) session.reporter.warn(messageOf(result.reason));
      continue;
    }
    const { plugin } = result.value;
    const same = described.get(plugin.name) ?? { refs: [], keys: [], plugin };
    same.refs.push(ref);
    same.keys.push(...entries.filter((entry) => entry[1].plugin === ref).map(([key]) => key));
    described.set(plugin.name, same);
  }
  return `${JSON.stringify(configSchema([...described.values()]), undefined, 2)}\n`;
}
