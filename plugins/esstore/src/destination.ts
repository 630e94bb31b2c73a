import type { StoreRecord } from "@cloudmarker/store-api";
import { remember, type NameTemplate, parseNameTemplate } from "@cloudmarker/store-kit/names";
import type { RecordNotes } from "@cloudmarker/store-kit/batches";
import { cleanForIndex, indexName, indexNameProblem } from "./index-name.ts";
import type { EsStoreParams } from "./params.ts";

/** Where a record goes. */
export interface Destination {
  readonly index: string;
  /** Without it the id chooses the shard (L-47). */
  readonly routing: string | undefined;
  /** Set only if it varies: a constant one is in the path of the request. */
  readonly pipeline: string | undefined;
}

/** Finds where records go, by the params `index`, `routing` and `pipeline`. */
export class Destinations {
  /** Counts the records that have no routing. */
  readonly routing: NameTemplate;
  readonly #index: NameTemplate;
  readonly #pipeline: NameTemplate;
  readonly #indexNameOf: (name: string) => string = remember(indexName);
  readonly #problemOf: (index: string) => string | undefined = remember(indexNameProblem);

  constructor({ index, routing = "", pipeline = "" }: Pick<EsStoreParams, "index" | "routing" | "pipeline">) {
    this.#index = parseNameTemplate(index, { clean: cleanForIndex });
    this.routing = parseNameTemplate(routing);
    this.#pipeline = parseNameTemplate(pipeline);
  }

  /** The index, where it is the same for every record. */
  get constantIndex(): string | undefined {
    const { constant } = this.#index;
    return constant === undefined ? undefined : indexName(constant);
  }

  /** The pipeline, where it is the same for every record; empty where there is none. */
  get constantPipeline(): string | undefined {
    return this.#pipeline.constant;
  }

  /** @returns where a record goes, or in one sentence why it cannot go anywhere */
  of(record: StoreRecord, { timeMs, value }: RecordNotes): Destination | string {
    const name = this.#index.name(record, timeMs, value);
    const routing = this.routing.name(record, timeMs, value);
    const varies = this.constantPipeline === undefined;
    const pipeline = varies ? this.#pipeline.name(record, timeMs, value) : undefined;
    if (name === undefined) return lacking("index");
    if (varies && pipeline === undefined) return lacking("pipeline");
    const index = this.#indexNameOf(name);
    return this.#problemOf(index) ?? { index, routing, pipeline };
  }

  /** Notes on the names that were used, for the receipt. */
  notes(): readonly string[] {
    const { constantIndex: index } = this;
    const isChanged = index !== this.#index.constant;
    const capitals = `The index is "${index}": the name of an index has no capital letters.`;
    return [...(isChanged ? [capitals] : []), ...this.#index.notes()];
  }
}

function lacking(param: string): string {
  return `The record lacks what a placeholder in \`${param}\` asks for.`;
}
