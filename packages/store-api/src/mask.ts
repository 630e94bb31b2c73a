/** The text in place of every secret, whatever its type or length. */
export const MASK = "********";
