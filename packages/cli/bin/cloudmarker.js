#!/usr/bin/env node
// Plain old syntax up to the check, so that an old Node reaches it: no build, no static import, no template.
var version = process.versions.node.split(".").map(Number);

if (version[0] > 23 || (version[0] === 22 && version[1] >= 19)) {
  // Compiled code is kept between runs: a third less start-up. NODE_DISABLE_COMPILE_CACHE=1 says no.
  var cache = cacheFolder();
  if (cache !== undefined) process.getBuiltinModule("module").enableCompileCache(cache);
  import("../lib/main.js").catch(function (error) {
    process.stderr.write(
      "cloudmarker cannot be loaded; install it again.\n" + ((error && error.stack) || error) + "\n",
    );
    process.exit(70);
  });
} else {
  process.stderr.write(
    "cloudmarker needs Node 22.19 or newer (not 23); this is " + process.version + " at " + process.execPath + "\n",
  );
  process.exitCode = 78;
}

/**
 * The folder for compiled code, in the home folder. What lies there is run: so not in a folder for temporary files, as
 * Node would have it, where another user may have put it, and in nobody else's home folder, which is what root has
 * under `sudo`.
 */
function cacheFolder() {
  var env = process.env;
  var path = process.getBuiltinModule("path");
  var given = process.platform === "win32" ? env.LOCALAPPDATA : env.XDG_CACHE_HOME;
  var top = given || env.HOME;
  if (!top || !path.isAbsolute(top)) return undefined;
  try {
    var owner = process.getBuiltinModule("fs").statSync(top).uid;
    if (process.getuid && process.getuid() !== owner) return undefined;
  } catch {
    // There is none, and nothing depends on it.
    return undefined;
  }
  return path.join(top, given ? "cloudmarker" : ".cache/cloudmarker");
}
