import type { ErrorCode } from "./error-code.ts";
import type { ErrorRow } from "./row.ts";
import { type ErrorFacts, ERRORS } from "./table.ts";

/** The text of an error: what happened, and in `details` why and what to do. */
export interface WrittenError<Code extends ErrorCode> {
  readonly code: Code;
  readonly message: string;
  readonly details: string;
}

/** Puts an error in words: the kind of error that has this code, and its facts. */
export function writeError<Code extends ErrorCode, Kind extends keyof ErrorFacts[Code]>(
  code: Code,
  kind: Kind,
  facts: ErrorFacts[Code][Kind],
): WrittenError<Code> {
  const row: ErrorRow<ErrorFacts[Code]> = ERRORS[code];
  const { message, why, fix = row.fix } = row.texts[kind](facts);
  return { code, message, details: [why, fix].filter(Boolean).join("\n") };
}

/** The code and message of an error, for `host.hooks.failed` and for the receipt, which have no details. */
export function failureOf<Code extends ErrorCode, Kind extends keyof ErrorFacts[Code]>(
  code: Code,
  kind: Kind,
  facts: ErrorFacts[Code][Kind],
): Pick<WrittenError<Code>, "code" | "message"> {
  const { message } = writeError(code, kind, facts);
  return { code, message };
}
