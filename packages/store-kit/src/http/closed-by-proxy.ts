/** What an agent says of a proxy that closes a connection, in place of making the one that it was asked for. */
export const CLOSED_BY_PROXY = "CLOSED_BY_PROXY";
