import { Writable } from "node:stream";

/** Longest line without an end; a longer one is passed on in parts. */
const LONGEST_LINE = 8_192;

/** The writer of a text: the name to put before each line. */
type Whose = () => string | undefined;

/** Takes text in pieces, from several writers, and passes it on line by line. */
export class StrayLines {
  readonly #tell: (line: string, whose: string | undefined) => void;
  readonly #open = new Map<string | undefined, { text: string; readonly decoder: InstanceType<typeof TextDecoder> }>();

  constructor(tell: (line: string, whose: string | undefined) => void) {
    this.#tell = tell;
  }

  add(whose: string | undefined, chunk: string | Uint8Array): void {
    let open = this.#open.get(whose);
    if (!open) this.#open.set(whose, (open = { text: "", decoder: new TextDecoder() }));
    const text = open.text + (typeof chunk === "string" ? chunk : open.decoder.decode(chunk, { stream: true }));
    const lines = text.split(/\r?\n/u);
    open.text = lines.pop() ?? "";
    if (open.text.length > LONGEST_LINE) {
      lines.push(open.text);
      open.text = "";
    }
    for (const line of lines) this.#tell(line, whose);
  }

  /** Passes on the text that no line break has ended. */
  flush(): void {
    for (const [whose, { text }] of this.#open) if (text !== "") this.#tell(text, whose);
    this.#open.clear();
  }
}

/**
 * Replaces `process.stdout` while the command runs, so that text of a plugin or its libraries does not come between the
 * lines of the result. Code that writes to its file descriptor writes to standard error, too.
 */
export class StrayOutput extends Writable {
  readonly fd = 2;
  readonly #lines: StrayLines;
  readonly #whose: Whose;

  constructor(lines: StrayLines, whose: Whose) {
    super({ decodeStrings: false });
    this.#lines = lines;
    this.#whose = whose;
    // A plugin may end it and go on writing; that does no harm.
    this.on("error", () => undefined);
  }

  override _write(chunk: string | Uint8Array, _encoding: string, callback: () => void): void {
    this.#lines.add(this.#whose(), chunk);
    callback();
  }
}
