/**
 * The configuration that every other one is merged into, as `-p/--print-base-config` prints it. It has the
 * predecessor's keys.
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

/** {@link BASE_CONFIG_YAML} as a value: a start without configuration files loads no YAML parser. */
export const BASE_CONFIG: Readonly<Record<string, unknown>> = {
  plugins: {
    filestore: { plugin: "filestore" },
    esstore: { plugin: "esstore" },
    mongodbstore: { plugin: "mongodbstore" },
  },
  audits: { default: { stores: ["filestore"] } },
  run: ["default"],
};
