// What `cloudmarker init` asks of each store of ours.

/** A question whose answer is the value of a param. */
export interface Question {
  readonly param: string;
  readonly ask: string;
  /** What an empty answer means; none: the param is left out. */
  readonly initial?: string;
  /** The answer is one of these. */
  readonly values?: readonly string[];
}

/** A way to log in. */
export interface Login {
  readonly label: string;
  /** The param of the user's name, if there is one. */
  readonly user?: string;
  /** The param of the secret, and the variable that is offered for it. */
  readonly secret?: { readonly param: string; readonly called: string; readonly variable: string };
}

/** All that is asked about a store. */
export interface StoreQuestions {
  readonly store: string;
  readonly label: string;
  readonly questions: readonly Question[];
  /** If there is one way only, it is not asked which. */
  readonly logins: readonly Login[];
}

const NO_LOGIN: Login = { label: "none" };

/** The stores that can be asked about, in the order in which they are offered. */
export const STORE_QUESTIONS: readonly StoreQuestions[] = [
  {
    store: "filestore",
    label: "Files",
    questions: [
      { param: "path", ask: "Folder for the files", initial: "./audit-records" },
      { param: "format", ask: "Format of the files", values: ["ndjson", "json"] },
    ],
    logins: [NO_LOGIN],
  },
  {
    store: "esstore",
    label: "Elasticsearch or OpenSearch",
    questions: [
      { param: "node", ask: "URL of the server", initial: "http://localhost:9200" },
      { param: "index", ask: "Index", initial: "cloudmarker" },
    ],
    logins: [
      NO_LOGIN,
      {
        label: "user and password",
        user: "username",
        secret: { param: "password", called: "password", variable: "ES_PASSWORD" },
      },
      { label: "API key", secret: { param: "api_key", called: "API key", variable: "ES_API_KEY" } },
    ],
  },
  {
    store: "mongodbstore",
    label: "MongoDB",
    questions: [
      { param: "host", ask: "Server (host, host:port or mongodb://…)", initial: "localhost:27017" },
      { param: "db", ask: "Database", initial: "cloudmarker" },
    ],
    logins: [
      NO_LOGIN,
      {
        label: "user and password",
        user: "username",
        secret: { param: "password", called: "password", variable: "MONGODB_PASSWORD" },
      },
    ],
  },
  {
    store: "splunkhecstore",
    label: "Splunk (HTTP Event Collector)",
    questions: [
      { param: "uri", ask: "URL of the collector", initial: "https://localhost:8088" },
      { param: "index", ask: "Index (empty: the default of the token)" },
    ],
    logins: [{ label: "token", secret: { param: "token", called: "token", variable: "SPLUNK_HEC_TOKEN" } }],
  },
];

/** What is wrong with an answer; undefined if nothing is. */
export function answerFault(answer: string): string | undefined {
  if (/\/\/[^/]*@/u.test(answer)) return "Leave user and password out of it: they are asked for next.";
  return undefined;
}

/** What is wrong with the name of a variable; undefined if nothing is. */
export function variableFault(name: string): string | undefined {
  return /^[A-Za-z_]\w*$/u.test(name)
    ? undefined
    : "The name of a variable, not the secret itself: letters, digits and _, such as ES_PASSWORD.";
}
