import { Values } from "./values.ts";

const TOKEN = /\s+|#[^\n]*|(=>)|([{}[\],])|"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|([^\s{}[\],"'#=]+|=)/gu;

/** A token: a sign, or a text. */
type Token = { readonly sign: string } | { readonly text: string };

/** The outputs of a configuration of Logstash, each with its kind. Conditions around them are passed over. */
export function readLogstash(text: string): [kind: string, values: Values][] {
  const tokens = tokensOf(text);
  const outputs: [string, Values][] = [];
  let at = 0;
  while (at < tokens.length) {
    const isOutput = textAt(at) === "output" && signAt(at + 1) === "{";
    at += isOutput ? 2 : 1;
    if (isOutput) block();
  }
  return outputs;

  /** From behind `{` to behind its `}`. */
  function block(): void {
    while (at < tokens.length && signAt(at) !== "}") {
      const name = textAt(at);
      const opens = signAt(at + 1) === "{";
      at += 1;
      if (name === undefined || !opens) continue;
      at += 1;
      // `if [type] == "x" { … } else { … }` has outputs in it, or nothing that is read.
      const isPlugin = signAt(at) === "}" || signAt(at + 1) === "=>";
      if (name !== "else" && isPlugin) outputs.push([name, new Values(map())]);
      else block();
    }
    at += 1;
  }

  /** `key => value` up to behind `}`. */
  function map(): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    while (at < tokens.length && signAt(at) !== "}") {
      const key = textAt(at);
      at += 1;
      if (key === undefined || signAt(at) !== "=>") continue;
      at += 1;
      values[key] = value();
    }
    at += 1;
    return values;
  }

  function value(): unknown {
    const sign = signAt(at);
    at += 1;
    if (sign === "{") return map();
    if (sign !== "[") return textAt(at - 1);
    const list: unknown[] = [];
    while (at < tokens.length && signAt(at) !== "]") {
      if (textAt(at) !== undefined) list.push(textAt(at));
      at += 1;
    }
    at += 1;
    return list;
  }

  function signAt(index: number): string | undefined {
    const token = tokens[index];
    return token && "sign" in token ? token.sign : undefined;
  }

  function textAt(index: number): string | undefined {
    const token = tokens[index];
    return token && "text" in token ? token.text : undefined;
  }
}

function tokensOf(text: string): Token[] {
  return Array.from(text.matchAll(TOKEN)).flatMap(([, arrow, sign, double, single, word]): Token[] => {
    const found = double ?? single ?? word;
    if (found !== undefined) return [{ text: found }];
    return arrow === undefined && sign === undefined ? [] : [{ sign: arrow ?? sign ?? "" }];
  });
}
