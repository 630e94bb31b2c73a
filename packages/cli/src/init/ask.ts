import { CANCEL_SYMBOL, log, password, select, text } from "@clack/prompts";
import type { World } from "../world.ts";
import {
  answerFault,
  type Login,
  type Question,
  STORE_QUESTIONS,
  type StoreQuestions,
  variableFault,
} from "./questions.ts";

/** The person has left the questions, with Ctrl-C or Escape. */
export class Left extends Error {
  override readonly name = "Left";
}

/** What can be done when a store could not be reached. */
export type Next = "again" | "ca" | "write" | "leave";

/** What was answered about a store. */
export interface Answers {
  readonly params: Readonly<Record<string, string>>;
  /** Secrets for the test alone, by the variable that is not set. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Asks on a terminal. Every question rejects with {@link Left} if it is left. */
export class Asker {
  readonly #io: { readonly input: World["stdin"]; readonly output: World["stderr"]; readonly signal: AbortSignal };
  readonly #env: World["env"];

  constructor({ stdin, stderr, env }: World) {
    const left = new AbortController();
    this.#io = { input: stdin, output: stderr, signal: left.signal };
    this.#env = env;
    // Ctrl-D ends the input, of which the library says nothing.
    stdin.on("keypress", (_, key: { readonly ctrl?: boolean; readonly name?: string }) => {
      if (key.ctrl && key.name === "d") left.abort();
    });
    stdin.once("end", () => left.abort());
    // Some terminals have no size, and the library then shows a character a line.
    if (!stderr.columns) Object.assign(stderr, { columns: 80, rows: 24 });
  }

  /** Which of these stores. */
  async store(offered: readonly StoreQuestions[]): Promise<StoreQuestions> {
    const store = await this.#choose(
      "Where do the records go?",
      offered.map(({ store: value, label }) => ({ value, label, hint: value })),
    );
    return STORE_QUESTIONS.find((one) => one.store === store) as StoreQuestions;
  }

  /** All about one store; earlier answers are offered again. */
  async answers({ questions, logins }: StoreQuestions, earlier?: Answers): Promise<Answers> {
    const params: Record<string, string> = {};
    for (const question of questions) {
      const answer = await this.#ask(question, earlier?.params[question.param]);
      if (answer !== "") params[question.param] = answer;
    }
    const login = await this.#login(logins);
    if (login.user !== undefined) params[login.user] = await this.#text("User", earlier?.params[login.user], notEmpty);
    if (!login.secret) return { params, secrets: {} };
    const { param, called, variable } = login.secret;
    const name = await this.#text(`Environment variable that has the ${called}`, variable, variableFault);
    params[param] = `\${${name}}`;
    if (this.#env[name]) return { params, secrets: {} };
    const secret = await this.#secret(`${name} is not set. The ${called}, for the test now; it is not written`);
    return { params, secrets: { [name]: secret } };
  }

  /** A file with the certificate of an authority. */
  ca(): Promise<string> {
    return this.#text("File with the certificate of the authority (PEM)", undefined, notEmpty);
  }

  next(hasTls: boolean): Promise<Next> {
    return this.#choose<Next>("What now?", [
      { value: "again", label: "answer again" },
      ...(hasTls ? [{ value: "ca" as const, label: "name the authority of its certificate (tls.ca)" }] : []),
      { value: "write", label: "write the file all the same" },
      { value: "leave", label: "write nothing" },
    ]);
  }

  async isMore(): Promise<boolean> {
    const answer = await this.#choose("Another store for the same records?", [
      { value: "no", label: "no" },
      { value: "yes", label: "yes" },
    ]);
    return answer === "yes";
  }

  step(message: string): void {
    log.step(message, this.#io);
  }

  good(message: string): void {
    log.success(message, this.#io);
  }

  bad(message: string): void {
    log.error(message, this.#io);
  }

  async #login(logins: readonly Login[]): Promise<Login> {
    const [only] = logins;
    if (only && logins.length === 1) return only;
    const options = logins.map(({ label }) => ({ value: label, label }));
    const chosen = await this.#choose("Credentials", options);
    return logins.find(({ label }) => label === chosen) as Login;
  }

  #ask({ ask, initial, values }: Question, earlier: string | undefined): Promise<string> {
    if (values)
      return this.#choose(
        ask,
        values.map((value) => ({ value, label: value })),
      );
    return this.#text(ask, earlier ?? initial, answerFault);
  }

  /** A line of text; an empty one means the default. */
  async #text(
    message: string,
    byDefault: string | undefined,
    fault: (answer: string) => string | undefined,
  ): Promise<string> {
    const offered = byDefault === undefined ? {} : { placeholder: byDefault, defaultValue: byDefault };
    const validate = (answer: string | undefined): string | undefined => fault(answer?.trim() || (byDefault ?? ""));
    return answered(text({ message, validate, ...offered, ...this.#io })).then((answer) => (answer ?? "").trim());
  }

  async #secret(message: string): Promise<string> {
    return (await answered(password({ message, ...this.#io }))) ?? "";
  }

  #choose<Value extends string>(
    message: string,
    options: { readonly value: Value; readonly label: string; readonly hint?: string }[],
  ): Promise<Value> {
    return answered(select<string>({ message, options, ...this.#io })) as Promise<Value>;
  }
}

function notEmpty(answer: string): string | undefined {
  return answer === "" ? "It must not be empty." : undefined;
}

async function answered<Value>(asking: Promise<Value | typeof CANCEL_SYMBOL>): Promise<Value> {
  const answer = await asking;
  if (answer === CANCEL_SYMBOL) throw new Left();
  return answer;
}
