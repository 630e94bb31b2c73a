/** What stands in place of a secret wherever one would be shown, whatever its type or length. */
export const MASK = "********";
