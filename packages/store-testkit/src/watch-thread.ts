import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { BroadcastChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { besideUs } from "./beside-us.ts";
import type { FromThread, InThreadOptions, ToThread } from "./in-thread.ts";
import type { WatchOptions } from "./watch.ts";

/** A store that is watched in a thread of its own. */
export interface ThreadWatch {
  /** Path of the module that the host imports in place of the store's own. */
  readonly module: string;
  /** Takes what is still on its way, and ends. */
  end(): void;
}

let channels = 0;

/** Makes a module in the folder whose plugin is that of the other module, watched. */
export function watchInThread(module: string, folder: string, options: WatchOptions): ThreadWatch {
  const { lookAt, look, beforeWrite, note } = options;
  const channel = `store-testkit ${process.pid} ${++channels}`;
  const path = join(folder, `watched-${channels}.mjs`);
  const given: InThreadOptions = { channel, lookAt };
  writeFileSync(
    path,
    `import { inThread } from ${JSON.stringify(besideUs("in-thread").href)};
import plugin from ${JSON.stringify(pathToFileURL(module).href)};
export default inThread(plugin, ${JSON.stringify(given)});
`,
  );
  const link = new BroadcastChannel(channel);
  const answer = async (message: FromThread): Promise<void> => {
    if (message.kind === "seen") return note(message.seen);
    const { id } = message;
    const records = message.kind === "look" && look ? await look(message.records) : [];
    if (message.kind === "write") await beforeWrite?.();
    const reply: ToThread = { kind: "answer", id, records };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is for windows; a channel has none
    link.postMessage(reply);
  };
  link.addEventListener(
    "message",
    (message) => void answer((message as unknown as { readonly data: FromThread }).data),
  );
  return {
    module: path,
    end() {
      // It takes such a channel too, which its types do not say.
      const port = link as unknown as MessagePort;
      for (let left = receiveMessageOnPort(port); left; left = receiveMessageOnPort(port))
        void answer((left as { readonly message: FromThread }).message);
      link.close();
    },
  };
}
