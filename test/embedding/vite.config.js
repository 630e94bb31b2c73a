// How vite bundles the program for Node: with all that it imports.
export default {
  ssr: { noExternal: true },
  build: { rolldownOptions: { output: { entryFileNames: "[name].mjs", chunkFileNames: "[name].mjs" } } },
};
