import { openState, type State } from "@cloudmarker/core";
import type { CommonOptions } from "../options.ts";
import { type StatePlace, statePlace } from "../runs/state-folder.ts";
import type { Session } from "../session.ts";

/**
 * Opens the state folder that a command is about, for as long as `use` takes.
 * @param isMade whether the command makes one that is not there
 */
export async function withState<T>(
  options: Pick<CommonOptions, "stateDir">,
  session: Session,
  use: (state: State, place: StatePlace) => Promise<T>,
  isMade: boolean = false,
): Promise<T> {
  const place = await statePlace(options, session, isMade);
  const state = await openState(place.folder);
  try {
    return await use(state, place);
  } finally {
    await state.close();
  }
}
