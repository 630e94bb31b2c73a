/** A real server that tests can start on this machine. */
export type EngineName = "elasticsearch" | "opensearch" | "ferretdb" | "mongo-java" | "hec" | "victorialogs";

/**
 * How an engine is built and started. Its sources lie in the folder of its name; all take `PORT FOLDER [SETTING
 * VALUE]…`.
 */
export type Recipe = Readonly<
  { scheme: "http" | "mongodb"; settings: boolean } & (
    | { language: "java"; /** Oldest Java that runs it. */ java: number; main: string }
    | { language: "go"; /** Oldest Go that builds it. */ go: string }
  )
>;

/** Every engine. The versions are in its `pom.xml` or `go.mod`. */
export const ENGINES: Readonly<Record<EngineName, Recipe>> = {
  elasticsearch: { language: "java", java: 17, main: "Elasticsearch", scheme: "http", settings: true },
  opensearch: { language: "java", java: 21, main: "OpenSearch", scheme: "http", settings: true },
  ferretdb: { language: "go", go: "1.24", scheme: "mongodb", settings: false },
  "mongo-java": { language: "java", java: 17, main: "MongoJava", scheme: "mongodb", settings: false },
  hec: { language: "go", go: "1.24", scheme: "http", settings: true },
  victorialogs: { language: "go", go: "1.26.5", scheme: "http", settings: true },
};

/** The names of all engines. */
export const ENGINE_NAMES: readonly EngineName[] = Object.keys(ENGINES).filter(isEngineName);

/** Whether the text names an engine. */
export function isEngineName(text: string): text is EngineName {
  return Object.hasOwn(ENGINES, text);
}
