import { openState, type State } from "@cloudmarker/core";
import type { CommonOptions } from "../options.ts";
import { stateFolder } from "../runs/state-folder.ts";
import type { Session } from "../session.ts";

/** Opens the state folder that a command is about, for as long as `use` takes. */
export async function withState<T>(
  options: Pick<CommonOptions, "stateDir">,
  session: Session,
  use: (state: State, folder: string) => Promise<T>,
): Promise<T> {
  const folder = await stateFolder(options, session);
  const state = await openState(folder);
  try {
    return await use(state, folder);
  } finally {
    await state.close();
  }
}
