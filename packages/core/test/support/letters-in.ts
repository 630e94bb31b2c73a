import { type KeptLetter, type LetterFilter, openState } from "../../src/index.ts";

/** The dead letters of a state folder. */
export async function lettersIn(folder: string, filter: LetterFilter = {}): Promise<KeptLetter[]> {
  const state = await openState(folder);
  try {
    return await Array.fromAsync(state.deadLetters.list(filter));
  } finally {
    await state.close();
  }
}
