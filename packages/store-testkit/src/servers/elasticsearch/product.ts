/** Which product answers: OpenSearch left Elasticsearch at 7.10 and went its own way. */
export type ProductName = "elasticsearch" | "opensearch";

/** A product at a version, and what that decides. */
export class Product {
  readonly name: ProductName;
  readonly version: string;
  readonly major: number;
  readonly #minor: number;

  constructor(name: ProductName, version: string) {
    const [major = 0, minor = 0] = version.split(".").map(Number);
    this.name = name;
    this.version = version;
    this.major = major;
    this.#minor = minor;
  }

  /** Whether this is Elasticsearch, at that version or a later one. */
  isElasticsearch(major: number, minor: number = 0): boolean {
    return this.name === "elasticsearch" && (this.major > major || (this.major === major && this.#minor >= minor));
  }

  /** Type of the error for a document that does not fit; Elasticsearch renamed it in 8. */
  get parseFailure(): string {
    return this.isElasticsearch(8) ? "document_parsing_exception" : "mapper_parsing_exception";
  }

  /** Headers of every answer that the product itself gives; Elasticsearch names itself since 7.14. */
  get headers(): Record<string, string> {
    if (this.name === "opensearch")
      return this.major < 3 ? {} : { "X-OpenSearch-Version": `OpenSearch/${this.version} (opensearch)` };
    return this.isElasticsearch(7, 14) ? { "X-elastic-product": "Elasticsearch" } : {};
  }

  /** What `GET /` says. */
  greeting(): object {
    const build = { build_type: "docker", build_hash: "0".repeat(40), build_date: "2026-01-01T00:00:00.000Z" };
    const isOpenSearch = this.name === "opensearch";
    return {
      name: "node-1",
      cluster_name: "scripted",
      cluster_uuid: "AAAAAAAAAAAAAAAAAAAAAA",
      version: {
        ...(isOpenSearch ? { distribution: "opensearch" } : {}),
        number: this.version,
        ...(isOpenSearch ? {} : { build_flavor: "default" }),
        ...build,
        build_snapshot: false,
      },
      tagline: isOpenSearch ? "The OpenSearch Project: https://opensearch.org/" : "You Know, for Search",
    };
  }
}
