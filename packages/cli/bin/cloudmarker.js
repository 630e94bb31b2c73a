#!/usr/bin/env node
// Plain old syntax up to the check, so that an old Node reaches it: no build, no static import, no template.
var version = process.versions.node.split(".").map(Number);

if (version[0] > 23 || (version[0] === 22 && version[1] >= 19)) {
  // Compiled code is kept between runs: a third less start-up. Node picks the folder; NODE_DISABLE_COMPILE_CACHE=1 says no.
  process.getBuiltinModule("module").enableCompileCache();
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
