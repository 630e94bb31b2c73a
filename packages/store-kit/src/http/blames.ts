/**
 * The params to blame for the errors of a connection, for `blames` of a store.
 * @param address - the params that name the server
 */
export function networkBlames(address: readonly string[]): Readonly<Record<string, readonly string[]>> {
  const codes = ["refused", "unknown_host", "unreachable", "connection_lost", "timeout", "wrong_server", "redirected"];
  return {
    ...Object.fromEntries(codes.map((code) => [code, address])),
    proxy: ["proxy", ...address],
    tls: ["tls.ca", "tls.cert", "tls.server_name", ...address],
    tls_file: ["tls.ca", "tls.cert", "tls.key"],
  };
}
