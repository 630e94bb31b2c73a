import { COM_KEYS, type StoreRecord } from "@cloudmarker/store-api";
import { remember } from "@cloudmarker/store-kit/names";
import { type BodyWriter, quote, type RecordNotes } from "@cloudmarker/store-kit/batches";
import type { Destination } from "./destination.ts";
import type { EsStoreParams } from "./params.ts";

/**
 * The form of a document. `record`: the record itself. `object`: the record in one field that is not indexed. `text`:
 * the record's text in a string, of which the server parses nothing (L-41).
 */
export type Form = "record" | "object" | "text";

/** The text in front of the record. */
const FORMS: Readonly<Record<Form, string>> = { record: "", object: '{"unindexed":', text: '{"unindexed_text":' };

/** What is written around a record. */
export interface Lines {
  readonly actionLine: ActionLine;
  /** The member with the time, with a comma in front; empty where documents have none. */
  readonly timeOf: (notes: RecordNotes) => string;
}

/** The line in front of a document. */
type ActionLine = (id: string, destination: Destination, isIndexInPath: boolean) => string;

/** Writes the body of a bulk request, document after document. */
export class BulkBody {
  readonly #writer: BodyWriter;
  readonly #lines: Lines;
  readonly #isIndexInPath: boolean;
  /** The end of the document before, so that one write does for both. */
  #tail = "";

  constructor(writer: BodyWriter, lines: Lines, isIndexInPath: boolean) {
    this.#writer = writer;
    this.#lines = lines;
    this.#isIndexInPath = isIndexInPath;
  }

  add(record: StoreRecord, destination: Destination, notes: RecordNotes, form: Form): void {
    const { actionLine, timeOf } = this.#lines;
    const writer = this.#writer;
    writer.text(this.#tail + actionLine(record.id, destination, this.#isIndexInPath) + FORMS[form]);
    if (form === "text") writer.text(JSON.stringify(record.json));
    else writer.record(record);
    // The members go in front of the brace that closes the record.
    if (form === "record") writer.back(1);
    const last =
      form === "record" ? timeOf(notes) + notes.members : `,"com":${JSON.stringify(plainCom(record))}${timeOf(notes)}`;
    this.#tail = `${last}}\n`;
  }

  end(): Buffer {
    this.#writer.text(this.#tail);
    return this.#writer.end();
  }
}

/** Makes the function that writes the line in front of a document. */
export function actionLineMaker(op: EsStoreParams["op"]): ActionLine {
  const withIndex = remember((index) => `{"${op}":{"_index":${JSON.stringify(index)},"_id":`);
  const withoutIndex = `{"${op}":{"_id":`;
  return (id, { index, routing, pipeline }, isIndexInPath) => {
    const start = isIndexInPath ? withoutIndex : withIndex(index);
    const routed = routing ? `,"routing":${JSON.stringify(routing)}` : "";
    const piped = pipeline === undefined ? "" : `,"pipeline":${JSON.stringify(pipeline)}`;
    return `${start}${quote(id)}${routed}${piped}}}\n`;
  };
}

/** The members of the common bucket that every managed mapping takes. */
function plainCom({ com }: StoreRecord): object {
  const plain = Object.entries(com).filter(([key, value]) => COM_KEYS.includes(key) && typeof value === "string");
  return Object.fromEntries(plain);
}
