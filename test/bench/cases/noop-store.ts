import { type StorePlugin, defineStore } from "@cloudmarker/store-api";

const params = { type: "object" } as const;

/** A store that takes everything and does nothing: what is left is the work of the host. */
const noop: StorePlugin<typeof params> = defineStore({
  name: "noop",
  apiVersion: 1,
  params,
  open: () => ({ write: () => undefined }),
});

export default noop;
