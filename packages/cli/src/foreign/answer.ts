import { foreignError } from "../errors.ts";
import type { CommandError } from "../exit-codes.ts";
import { configText } from "../init/draft.ts";
import type { Session } from "../session.ts";
import { entryOf } from "./entries.ts";
import { type Foreign, ofText, ofValue } from "./programs.ts";

/** The answer to a file of another program; undefined if it is of none that is known. */
export async function answerTo(file: string, text: string, session: Session): Promise<CommandError | undefined> {
  const foreign = ofText(text) ?? ofValue(await valueOf(file, session));
  return foreign && answer(foreign, file);
}

/** The file as YAML, before anything in it is replaced. */
async function valueOf(file: string, session: Session): Promise<Readonly<Record<string, unknown>>> {
  const host = session.host({ configFile: [file] });
  let value: Readonly<Record<string, unknown>> = {};
  host.hooks.config.tap("command line: -c", (read) => {
    value = read;
  });
  await host.inspect();
  return value;
}

function answer({ program, outputs, others }: Foreign, file: string): CommandError {
  const entries = outputs.map(entryOf);
  const stores = entries.map(({ store }, index) => {
    const before = entries.slice(0, index).filter((entry) => entry.store.plugin === store.plugin).length;
    return before === 0 ? store : { ...store, key: `${store.key}-${before + 1}` };
  });
  const text = stores.length === 0 ? undefined : configText(stores, "default");
  return foreignError({ file, program, text, notes: entries.flatMap(({ notes }) => notes), others });
}
