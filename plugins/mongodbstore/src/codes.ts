/** What a code of the server means: `unclear` where it is not known. */
export interface Meaning {
  readonly status: "retry" | "reject" | "blocked" | "too_large" | "unclear";
  readonly code: string;
}

/** Codes by what they mean (MG-02, MG-03, MG-10), each with the name that outcomes give it. */
const MEANINGS: Readonly<Record<Exclude<Meaning["status"], "unclear">, Readonly<Record<number, string>>>> = {
  retry: {
    6: "host_unreachable",
    7: "host_not_found",
    24: "lock_timeout",
    50: "time_limit",
    89: "network_timeout",
    91: "shutting_down",
    112: "write_conflict",
    189: "stepped_down",
    262: "time_limit",
    462: "overloaded",
    9001: "socket",
    10107: "not_primary",
    11600: "interrupted",
    11602: "interrupted",
    13435: "not_primary",
    13436: "not_primary",
  },
  reject: {
    2: "bad_value",
    9: "bad_value",
    14: "type_mismatch",
    15: "nesting",
    22: "invalid_bson",
    52: "dollar_key",
    53: "bad_id",
    55: "bad_key",
    56: "empty_key",
    57: "dotted_key",
    121: "validation",
  },
  blocked: {
    8: "account",
    13: "no_permission",
    18: "credentials",
    59: "wrong_server",
    73: "invalid_name",
    79: "write_concern",
    100: "write_concern",
    166: "not_writable",
    334: "mechanism",
    8000: "account",
    14031: "disk_full",
  },
  too_large: { 10334: "too_large", 17280: "too_large" },
};

const BY_CODE: ReadonlyMap<number, Meaning> = new Map(
  Object.entries(MEANINGS).flatMap(([status, codes]) =>
    Object.entries(codes).map(([code, name]) => [Number(code), { status: status as Meaning["status"], code: name }]),
  ),
);

/** What a code of the server means. */
export function meaningOf(code: number): Meaning {
  return BY_CODE.get(code) ?? { status: "unclear", code: `mongodb_${code}` };
}
