import type { ParamsOf } from "@cloudmarker/store-api";

/** JSON Schema of the params. */
export const params = {
  type: "object",
  properties: {
    path: {
      "x-also": [
        "directory",
        "dir",
        "folder",
        "filename",
        "file",
        "output",
        "out",
        "output_dir",
        "destination",
        "location",
      ],
      type: "string",
      minLength: 1,
      default: "/tmp/cloudmarker",
      description:
        "Folder for the files. `~` is the home folder. A relative path starts at the folder of the configuration file that has it, else at the current folder.",
    },
    format: {
      "x-also": ["codec", "encoding.codec"],
      enum: ["json", "ndjson"],
      default: "json",
      description: "`json`: one array per worker. `ndjson`: one record per line.",
    },
    compress: {
      "x-also": ["compression"],
      enum: ["none", "gzip", "zstd"],
      default: "none",
      description: "Compression of the files, as complete members or frames.",
    },
    mode: {
      "x-also": ["file_mode", "permissions", "file_permissions"],
      type: "string",
      pattern: "^0?[0-7]{3}$",
      description:
        "Permissions of the files in octal, such as `0640`. Without it a file keeps its permissions, and a new one is private (`0600`).",
    },
    write_mode: {
      "x-also": [
        ["append", "write_mode: append"],
        ["overwrite", "write_mode: replace"],
      ],
      enum: ["replace", "append"],
      default: "replace",
      description: "`replace`: each run has its own files. `append`: each run adds to them at its end; NDJSON only.",
    },
    recover: {
      enum: ["salvage", "keep", "delete"],
      default: "salvage",
      description:
        "What happens to the unpublished records of a killed run. `salvage`: they become a valid `NAME.RUN.partial.json`. `keep`: nothing. `delete`: they are deleted.",
    },
  },
  additionalProperties: false,
} as const;

/** The params of FileStore. */
export type FileStoreParams = ParamsOf<typeof params>;
