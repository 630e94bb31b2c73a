import type { Answer } from "../http/reply.ts";
import { jsonAnswer } from "../http/reply.ts";

/** What a {@link Failure} takes beside its reason. */
export interface FailureOptions {
  /** Further fields of the error, such as `index`. */
  readonly fields?: Record<string, unknown>;
  readonly causedBy?: { readonly type: string; readonly reason: string };
  /** Headers of the answer, where the whole request fails. */
  readonly headers?: Record<string, string | string[]>;
}

/** What the server refuses, be it a whole request or one item of a bulk request. */
export class Failure extends Error {
  readonly status: number;
  readonly type: string;
  readonly options: FailureOptions;

  constructor(status: number, type: string, reason: string, options: FailureOptions = {}) {
    super(reason);
    this.status = status;
    this.type = type;
    this.options = options;
  }

  /** The `error` of an item. */
  toItem(): object {
    const { causedBy } = this.options;
    return { ...this.#toRoot(), ...(causedBy ? { caused_by: causedBy } : {}) };
  }

  /** The answer where the whole request fails. */
  toAnswer(): Answer {
    const error = { root_cause: [this.#toRoot()], ...this.toItem() };
    return jsonAnswer(this.status, { error, status: this.status }, this.options.headers);
  }

  #toRoot(): object {
    return { type: this.type, reason: this.message, ...this.options.fields };
  }
}

/** An index, alias or data stream that is not there. */
export function noSuchIndex(name: string, why: string = ""): Failure {
  const fields = { "resource.type": "index_or_alias", "resource.id": name, index_uuid: "_na_", index: name };
  return new Failure(404, "index_not_found_exception", `no such index [${name}]${why}`, { fields });
}

/** An argument that the server does not take. */
export function illegalArgument(reason: string): Failure {
  return new Failure(400, "illegal_argument_exception", reason);
}
