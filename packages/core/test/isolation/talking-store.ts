import { defineStore } from "@cloudmarker/store-api";

/** A store that logs whatever it does. */
export default defineStore({
  name: "talking",
  apiVersion: 1,
  params: { type: "object" },
  open: (_params, { logger }) => {
    logger.info("opening");
    return { write: () => logger.warn("writing") };
  },
});
