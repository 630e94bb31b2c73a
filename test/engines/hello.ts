import { MongoClient } from "mongodb";
import type { EngineName } from "./catalogue.ts";

/** Longest wait for one answer, in milliseconds. */
const ANSWER_MS = 2000;

/** Where the engines are asked that do not answer at their root. */
const QUESTIONS: Partial<Record<EngineName, string>> = {
  hec: "services/collector/health",
  victorialogs: "insert/elasticsearch/",
};

/** What an engine answers to the first question of its own protocol; throws if it does not answer. */
export async function hello(name: EngineName, url: string): Promise<unknown> {
  if (url.startsWith("mongodb:")) return ping(url);
  const answer = await fetch(new URL(QUESTIONS[name] ?? "", url), { signal: AbortSignal.timeout(ANSWER_MS) });
  const body: unknown = await answer.json();
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: ${JSON.stringify(body)}`);
  return body;
}

async function ping(url: string): Promise<unknown> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: ANSWER_MS });
  try {
    return await client.db("admin").command({ ping: 1 });
  } finally {
    await client.close();
  }
}
