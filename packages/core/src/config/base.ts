/**
 * The base configuration, as `-p/--print-base-config` prints it. Every other configuration is merged into it. It has
 * the keys of the predecessor.
 */
export const BASE_CONFIG_YAML = `# Base configuration
plugins:
  filestore:
    plugin: filestore

  esstore:
    plugin: esstore

  mongodbstore:
    plugin: mongodbstore

audits:
  default:
    stores:
      - filestore

run:
  - default
`;

/** {@link BASE_CONFIG_YAML} as a value, so that a start without configuration files needs no YAML parser. */
export const BASE_CONFIG: Readonly<Record<string, unknown>> = {
  plugins: {
    filestore: { plugin: "filestore" },
    esstore: { plugin: "esstore" },
    mongodbstore: { plugin: "mongodbstore" },
  },
  audits: { default: { stores: ["filestore"] } },
  run: ["default"],
};
