import * as prompts from "@clack/prompts";
import { namesOf } from "./names.ts";
import { KINDS, type Kind, type Wanted } from "./templates.ts";

/** Asks for what is not given. @returns undefined if the person breaks it off */
export async function ask({ name, kind }: Wanted): Promise<Wanted | undefined> {
  const kindWanted = kind ?? (await askKind());
  if (kindWanted === undefined) return undefined;
  const nameWanted = name ?? (await askName(kindWanted));
  return nameWanted === undefined ? undefined : { name: nameWanted, kind: kindWanted };
}

async function askKind(): Promise<Kind | undefined> {
  const stores = Object.entries(KINDS).map(([value, hint]) => ({ value: value as Kind, label: value, hint }));
  const tap = { value: "tap" as const, label: "tap", hint: "no store: it changes or drops records" };
  const answer = await prompts.select<Kind>({ message: "What does the store write to?", options: [...stores, tap] });
  return prompts.isCancel(answer) ? undefined : answer;
}

async function askName(kind: Kind): Promise<string | undefined> {
  const answer = await prompts.text({
    message: "Its name, such as kafka or @acme/kafka:",
    validate(text = "") {
      const names = namesOf(text, kind === "tap");
      return typeof names === "string" ? names : undefined;
    },
  });
  return prompts.isCancel(answer) ? undefined : answer;
}
