import { CloudmarkerError, type ErrorOptions } from "../errors.ts";
import type { ErrorCode } from "./error-code.ts";
import type { ErrorFacts } from "./table.ts";
import { writeError } from "./write-error.ts";

/** The error of this code and kind, in the words of the table. */
export function errorOf<Code extends ErrorCode, Kind extends keyof ErrorFacts[Code]>(
  code: Code,
  kind: Kind,
  facts: ErrorFacts[Code][Kind],
  options: Omit<ErrorOptions, "details"> = {},
): CloudmarkerError {
  const { message, details } = writeError(code, kind, facts);
  return new CloudmarkerError(code, message, { ...options, details });
}
