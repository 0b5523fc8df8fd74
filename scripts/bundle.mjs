// Bundles the command into dist/main.js and what it loads on demand beside it, in dist/chunks: few files
// start in half the time of a module graph, and a command does not pay for those that are not asked for.
// Native packages stay outside, because a bundle cannot carry their binaries.
import { build } from "esbuild"
import fs from "node:fs"

fs.rmSync("dist/chunks", { recursive: true, force: true })
await build({
  entryPoints: ["src/runtime/main.ts"],
  outdir: "dist",
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: false,
  legalComments: "none",
  external: ["@mongodb-js/zstd", "@node-rs/crc32", "lz4-napi", "snappy"],
  banner: {
    js:
      "#!/usr/bin/env node\nimport{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);"
  }
})
