/** What a code of the HTTP Event Collector means for the records of a request. */
export type CodeMeaning =
  /** Splunk has them all. */
  | { readonly kind: "taken" }
  /** Nothing was taken, and someone must act. */
  | { readonly kind: "blocked"; readonly code: string; readonly advice: string }
  /** Nothing was taken; later it may be. */
  | { readonly kind: "busy"; readonly code: string }
  /** One object is bad: those before it were taken, those behind it were not. */
  | { readonly kind: "refused"; readonly code: string }
  /** The request had no events. */
  | { readonly kind: "empty"; readonly code: string }
  /** Nobody knows. */
  | { readonly kind: "unknown"; readonly code: string };

const TAKEN: CodeMeaning = { kind: "taken" };

/** The codes of answers to events; one that is not here may mean anything. */
export const CODES: Readonly<Record<number, CodeMeaning>> = {
  0: TAKEN,
  1: blocked("credentials", "enable the token in Splunk"),
  2: blocked("credentials", "something on the way has removed the header with the token"),
  3: blocked("credentials", "the token must be given alone, as Splunk shows it"),
  4: blocked("credentials", "check the param token"),
  5: { kind: "empty", code: "no_data" },
  6: refused("bad_format"),
  7: refused("wrong_index"),
  8: { kind: "unknown", code: "server_error" },
  9: busy("busy"),
  10: blocked("channel", "something on the way has removed the header with the channel"),
  11: blocked("channel", "check the param channel"),
  12: refused("no_event"),
  13: refused("blank_event"),
  14: blocked("ack_disabled", "switch indexer acknowledgement on for the token, or set ack to auto"),
  15: refused("bad_fields"),
  16: blocked("credentials", "the param uri must not have a token in it"),
  18: busy("unhealthy"),
  19: busy("unhealthy"),
  20: busy("unhealthy"),
  21: blocked("credentials", "check the param token"),
  22: blocked("credentials", "enable the token in Splunk"),
  23: busy("shutting_down"),
  // The records were taken: whoever sends them again has them twice.
  24: TAKEN,
  25: TAKEN,
  26: busy("queue_full"),
  27: busy("queue_full"),
  28: blocked("channel", "something on the way has removed the header with the channel"),
};

function blocked(code: string, advice: string): CodeMeaning {
  return { kind: "blocked", code, advice };
}

function busy(code: string): CodeMeaning {
  return { kind: "busy", code };
}

function refused(code: string): CodeMeaning {
  return { kind: "refused", code };
}
