/** Exit codes of the command. Those above 1 are from sysexits.h. */
export const EXIT = {
  /** Everything was delivered. */
  OK: 0,
  /** Not everything was delivered; the receipt says what. */
  INCOMPLETE: 1,
  /** The command line is wrong. */
  USAGE: 64,
  /** The input cannot be read to its end. */
  DATA: 65,
  /** A bug of ours. */
  SOFTWARE: 70,
  /** Nothing is lost, and not everything is delivered yet: the rest is kept, or another process has it. */
  LATER: 75,
  /** Configuration or plugin. */
  CONFIG: 78,
} as const;

/** One of the numbers in {@link EXIT}. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What an error says. */
export interface ErrorText {
  /** What happened, in one line. */
  readonly message: string;
  /** Where and why. */
  readonly why?: string | undefined;
  /** What to do. Empty if the message already says it. @default the `fix` of the row */
  readonly fix?: string | undefined;
}

/** One code: `Kinds` has the facts of each kind of error that has this code. */
export interface ErrorRow<Kinds> {
  readonly exit: ExitCode;
  /** What it means, for the docs. */
  readonly what: string;
  /** What to do: for the docs, and for the details of every kind that has no advice of its own. */
  readonly fix: string;
  readonly texts: { readonly [Kind in keyof Kinds]: (facts: Kinds[Kind]) => ErrorText };
}

/** The rows of one theme; `Facts` has the facts by code and kind. */
export type ErrorRows<Facts> = { readonly [Code in keyof Facts]: ErrorRow<Facts[Code]> };
