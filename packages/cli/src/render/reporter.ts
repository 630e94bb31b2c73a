import type { Logger } from "@cloudmarker/store-api";
import type { CommonOptions } from "../options.ts";
import type { World } from "../world.ts";
import { fit } from "./fit.ts";
import { plain, type Colors } from "./text.ts";

/**
 * Writes lines to standard error, also for the host and its stores. `--quiet` shows only errors; `--debug` also shows
 * what stores log.
 */
export class Reporter implements Logger {
  /** Removes a live display from the terminal before a line is written. */
  clearLive: (() => void) | undefined;
  /** Hides the secrets of the configuration. */
  mask: (text: string) => string = String;
  readonly colors: Colors;
  readonly #stderr: World["stderr"];
  readonly #quiet: boolean;
  readonly #debug: boolean;

  constructor(stderr: World["stderr"], colors: Colors, options: Pick<CommonOptions, "quiet" | "debug">) {
    this.#stderr = stderr;
    this.colors = colors;
    this.#quiet = options.quiet === true;
    this.#debug = options.debug === true;
  }

  /** For the person who runs a command, `info` of a store is detail: the receipt has what matters. */
  debug(message: string): void {
    if (this.#debug) this.#line(this.colors.dim(plain(message)));
  }

  info(message: string): void {
    this.debug(message);
  }

  /** Progress and what a person may want to know. */
  note(message: string): void {
    if (!this.#quiet) this.#line(plain(message));
  }

  /** Text that others than the command wrote to standard output. */
  stray(line: string): void {
    this.#line(plain(line));
  }

  warn(message: string): void {
    if (!this.#quiet) this.#line(`${this.colors.yellow("warning:")} ${plain(message)}`);
  }

  error(message: string): void {
    this.#line(`${this.colors.red("error:")} ${plain(message)}`);
  }

  #line(text: string): void {
    this.clearLive?.();
    this.#stderr.write(`${fit(this.mask(text), this.colors.columns)}\n`);
  }
}
