import { randomUUID } from "node:crypto";
import { Failure, illegalArgument, noSuchIndex } from "./failure.ts";
import { checkIndexName } from "./index-name.ts";
import type { Product } from "./product.ts";
import { wildcard } from "./wildcard.ts";

/** A document as it is kept. */
export interface StoredDocument {
  /** The source, as it was sent. */
  readonly source: string;
  readonly version: number;
}

/** What an index or a whole cluster does not take, by the name of the setting. */
const BLOCKS = {
  read_only: "FORBIDDEN/5/index read-only (api)",
  read_only_allow_delete:
    "TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block",
  write: "FORBIDDEN/8/index write (api)",
};

/** Mappings, kept as they were sent. */
export interface Mappings {
  readonly dynamic?: boolean | string;
  readonly properties?: object;
}

/** An index, or what is behind a data stream. */
export interface Index {
  readonly name: string;
  readonly uuid: string;
  readonly settings: object;
  readonly mappings: Mappings;
  readonly aliases: Readonly<Record<string, object>>;
  /** Name of the data stream it belongs to. */
  readonly dataStream: string | undefined;
  readonly documents: Map<string, StoredDocument>;
  isClosed: boolean;
}

/** Body of `PUT /{index}`, and `template` of an index template. */
export interface IndexBody {
  readonly settings?: object;
  readonly mappings?: Mappings;
  readonly aliases?: Readonly<Record<string, object>>;
}

/** Body of `PUT /_index_template/{name}`. */
export interface IndexTemplate {
  readonly index_patterns?: string | readonly string[];
  readonly data_stream?: object;
  readonly priority?: number;
  readonly template?: IndexBody;
}

/** What a write asks of its target. */
export interface TargetRules {
  readonly requireAlias: boolean;
  readonly requireDataStream: boolean;
}

/** Indices, data streams, aliases and index templates. */
export class Indices {
  readonly #templates = new Map<string, IndexTemplate>();
  readonly #product: Product;
  readonly #autoCreate: boolean;
  /** Settings of the whole cluster, by their full names. */
  readonly clusterSettings: Record<string, unknown> = {};
  readonly #indices = new Map<string, Index>();

  constructor(product: Product, autoCreate: boolean) {
    this.#product = product;
    this.#autoCreate = autoCreate;
    this.clusterSettings["action.auto_create_index"] = String(autoCreate);
  }

  /** @throws {Failure} 403, where the whole cluster takes no writes */
  requireWritable(): void {
    if (String(this.clusterSettings["cluster.blocks.read_only"]) !== "true") return;
    throw new Failure(403, "cluster_block_exception", "blocked by: [FORBIDDEN/6/cluster read-only (api)];");
  }

  all(): Iterable<Index> {
    return this.#indices.values();
  }

  /** By its name, by an alias or by the name of its data stream. */
  find(name: string): Index | undefined {
    const found = this.#indices.get(name);
    if (found) return found;
    for (const index of this.#indices.values())
      if (index.dataStream === name || Object.hasOwn(index.aliases, name)) return index;
    return undefined;
  }

  /** @throws {Failure} 404 */
  get(name: string): Index {
    const found = this.find(name);
    if (!found) throw noSuchIndex(name);
    return found;
  }

  /**
   * Those of a name, or of a pattern with `*`.
   * @throws {Failure} 404 where the name is that of none
   */
  matching(name: string): readonly Index[] {
    if (!name.includes("*")) return [this.get(name)];
    const isLike = wildcard(name);
    return [...this.#indices.values()].filter((index) =>
      [index.name, index.dataStream ?? index.name, ...Object.keys(index.aliases)].some((one) => isLike.test(one)),
    );
  }

  /** @throws {Failure} 400 */
  create(name: string, body: IndexBody): Index {
    checkIndexName(name);
    const existing = this.find(name);
    if (existing) throw alreadyExists(`index [${name}/${existing.uuid}] already exists`, existing);
    const [templateName, template] = this.templateFor(name) ?? [];
    if (template?.data_stream)
      throw illegalArgument(
        `cannot create index with name [${name}], because it matches with template [${templateName}] that creates data ` +
          "streams only, use create data stream api instead",
      );
    return this.#add(name, undefined, { ...template?.template, ...body });
  }

  /** @throws {Failure} 400 */
  createDataStream(name: string): Index {
    checkIndexName(name);
    const template = this.templateFor(name)?.[1];
    if (!template?.data_stream) throw illegalArgument(`no matching index template found for data stream [${name}]`);
    if (this.find(name)) throw alreadyExists(`data_stream [${name}] already exists`);
    const date = new Date().toISOString().slice(0, 10).replaceAll("-", ".");
    const backing = this.#product.name === "opensearch" ? `.ds-${name}-000001` : `.ds-${name}-${date}-000001`;
    const { mappings = {}, ...rest } = template.template ?? {};
    const timed = { ...mappings, properties: { "@timestamp": { type: "date" }, ...mappings.properties } };
    return this.#add(backing, name, { ...rest, mappings: timed });
  }

  /** @throws {Failure} 404 */
  delete(name: string): void {
    this.#indices.delete(this.get(name).name);
  }

  /**
   * The target of a write. A missing index is created, unless that is switched off or the request forbids it.
   * @param mayCreate called before something is created
   * @throws {Failure} 400 or 404, for the item alone
   */
  target(name: string, rules: TargetRules, mayCreate: () => void): Index {
    const found = this.find(name);
    if (rules.requireAlias && !(found && Object.hasOwn(found.aliases, name)))
      throw noSuchIndex(name, ` and [require_alias] request flag is [true] and [${name}] is not an alias`);
    const isDataStream = found ? found.dataStream === name : this.templateFor(name)?.[1].data_stream !== undefined;
    if (rules.requireDataStream && !isDataStream)
      throw noSuchIndex(name, ` and [require_data_stream] request flag is [true] and [${name}] is not a data stream`);
    if (found?.isClosed) {
      const fields = { index_uuid: found.uuid, index: found.name };
      throw new Failure(400, "index_closed_exception", "closed", { fields });
    }
    if (found) return requireNoBlock(found);
    checkIndexName(name);
    if (!this.#autoCreate) {
      const why = this.#product.name === "opensearch" ? "" : " and [action.auto_create_index] is [false]";
      throw noSuchIndex(name, why);
    }
    mayCreate();
    return isDataStream ? this.createDataStream(name) : this.create(name, {});
  }

  /** @throws {Failure} 404 */
  template(name: string): IndexTemplate {
    const found = this.#templates.get(name);
    if (found) return found;
    throw new Failure(404, "resource_not_found_exception", `index template matching [${name}] not found`);
  }

  /** @throws {Failure} 400, where `mustBeNew` and it is not, or as {@link Indices.checkTemplate} */
  putTemplate(name: string, template: IndexTemplate, mustBeNew: boolean): void {
    if (mustBeNew && this.#templates.has(name)) throw illegalArgument(`index template [${name}] already exists`);
    this.#templates.set(name, this.checkTemplate(name, template));
  }

  /** @throws {Failure} 400, where another template of the same priority has one of its patterns */
  checkTemplate(name: string, template: IndexTemplate): IndexTemplate {
    const patterns = patternsOf(template);
    if (patterns.length === 0) throw illegalArgument("Required [index_patterns]");
    const { priority = 0 } = template;
    for (const [other, existing] of this.#templates)
      if (
        other !== name &&
        (existing.priority ?? 0) === priority &&
        patternsOf(existing).some((p) => patterns.includes(p))
      )
        throw illegalArgument(
          `index template [${name}] has index patterns [${patterns.join(", ")}] matching patterns from existing templates ` +
            `[${other}] that have the same priority [${priority}], multiple index templates may not match during index ` +
            "creation, please use a different priority",
        );
    return template;
  }

  /** @throws {Failure} 404 */
  deleteTemplate(name: string): void {
    if (this.#templates.delete(name)) return;
    throw new Failure(404, "index_template_missing_exception", `index_template [${name}] missing`);
  }

  /** The index template that a new index or data stream takes: of those that match, the one of the highest priority. */
  templateFor(name: string): [name: string, template: IndexTemplate] | undefined {
    return [...this.#templates]
      .filter(([, template]) => patternsOf(template).some((pattern) => wildcard(pattern).test(name)))
      .toSorted(([, a], [, b]) => (b.priority ?? 0) - (a.priority ?? 0))[0];
  }

  #add(name: string, dataStream: string | undefined, body: IndexBody): Index {
    const { settings = {}, mappings = {}, aliases = {} } = body;
    const uuid = Buffer.from(randomUUID().replaceAll("-", ""), "hex").toString("base64url");
    const index: Index = {
      name,
      uuid,
      settings,
      mappings,
      aliases,
      dataStream,
      documents: new Map(),
      isClosed: false,
    };
    this.#indices.set(name, index);
    return index;
  }
}

/** @throws {Failure} 403, or 429 where the disk is full: then the server lifts the block by itself */
function requireNoBlock(index: Index): Index {
  for (const [name, text] of Object.entries(BLOCKS)) {
    const { blocks = {} } = (index.settings as { index?: { blocks?: Record<string, unknown> } }).index ?? {};
    if (String(blocks[name]) !== "true") continue;
    const reason = `index [${index.name}] blocked by: [${text}];`;
    throw new Failure(text.startsWith("TOO") ? 429 : 403, "cluster_block_exception", reason);
  }
  return index;
}

function alreadyExists(reason: string, index?: Index): Failure {
  const fields = index ? { index_uuid: index.uuid, index: index.name } : {};
  return new Failure(400, "resource_already_exists_exception", reason, { fields });
}

function patternsOf({ index_patterns = [] }: IndexTemplate): string[] {
  return [index_patterns].flat();
}
