import { byCode, type Meaning, networkBlames } from "@cloudmarker/store-kit/http";

/** The params that name the server. */
const ADDRESS = ["uri", "host", "port"];

/** The params to blame, by code. */
export const BLAMES: Readonly<Record<string, readonly string[]>> = {
  ...networkBlames(ADDRESS),
  tls: ["tls.ca", "tls.cert", "tls.server_name", "use_tls", ...ADDRESS],
  host_unreachable: ADDRESS,
  version: ADDRESS,
  configuration: ["uri"],
  credentials: ["password", "username", "auth_source", "auth_mechanism"],
  no_permission: ["username", "db"],
  account: ["username"],
  mechanism: ["auth_mechanism"],
  write_concern: ["write_concern"],
  invalid_name: ["collection", "db"],
  not_writable: ["collection"],
};

/** The user may not do this. */
export const UNAUTHORIZED = 13;
/** The server does not know the command. */
export const COMMAND_NOT_FOUND = 59;
/** A unique index already has the key. */
export const DUPLICATE_KEY = 11000;

const WRITE_CONCERN: Meaning = ["blocked", "write_concern", " Check write_concern."];
/** A server without a replica set reports it with the code of a bad value. */
const NOT_REPLICATED = /^cannot use .*'w'/u;

/** The meaning of codes (MG-02, MG-03, MG-10). */
const MEANINGS = byCode([
  [["retry", "host_unreachable"], 6, 7, 89, 9001],
  [["retry", "lock_timeout"], 24],
  [["retry", "time_limit"], 50, 262],
  [["retry", "shutting_down"], 91],
  [["retry", "write_conflict"], 112],
  // A mongos reports this for single documents while a shard has no primary, or a chunk is being moved.
  [["retry", "routing"], 63, 82, 83, 133, 150, 13388],
  [["retry", "stepped_down"], 189],
  [["retry", "overloaded"], 462],
  [["retry", "not_primary"], 10107, 13435, 13436],
  [["retry", "interrupted"], 11600, 11602],
  [["reject", "bad_value"], 2, 9, 14, 22, 53],
  [["reject", "nesting"], 15],
  [["reject", "dollar_key"], 52],
  [["reject", "bad_key"], 55, 56],
  [["reject", "dotted_key"], 57],
  [["reject", "validation"], 121],
  [["reject", "duplicate_key"], DUPLICATE_KEY],
  [["blocked", "account"], 8, 8000],
  [["blocked", "no_permission", " Log in as a user with the role readWrite on the database."], UNAUTHORIZED],
  [["blocked", "credentials", " Check username, password, auth_source and auth_mechanism."], 18],
  [["blocked", "wrong_server"], COMMAND_NOT_FOUND],
  [["blocked", "invalid_name"], 73],
  [WRITE_CONCERN, 79, 100],
  [["blocked", "not_writable"], 166],
  [["blocked", "mechanism"], 334],
  [["blocked", "disk_full"], 14031],
  [["too_large", "too_large"], 10334, 17280],
]);

/** The meaning of a code of the server; an unknown code is about the record that it was given for. */
export function meaningOf(code: number, message: string = ""): Meaning {
  if (NOT_REPLICATED.test(message)) return WRITE_CONCERN;
  return MEANINGS.get(code) ?? ["reject", `mongodb_${code}`];
}
