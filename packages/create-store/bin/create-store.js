#!/usr/bin/env node
await import("../lib/main.js");
