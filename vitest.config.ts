import { defineConfig } from "vitest/config"

/** Tests that start programs: they come last and one after the other, so that none starves another. */
const PROGRAMS = [
  "test/interop/**/*.test.ts",
  "test/torture/**/*.test.ts",
  "test/runtime/cli/{CommandLine,Topics,Groups,ClusterCommand,Produce,Consume,documented}.test.ts",
  "test/bench.test.ts",
  "test/readme.test.ts",
  "test/docs.test.ts",
  "test/examples.test.ts",
  "examples/**/*.test.ts"
]

const shared = { testTimeout: 30_000, hookTimeout: 60_000 }

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: "units",
          include: ["test/**/*.test.ts"],
          exclude: PROGRAMS,
          sequence: { groupOrder: 0 }
        }
      },
      {
        test: {
          ...shared,
          name: "programs",
          include: PROGRAMS,
          fileParallelism: false,
          // A machine that is busy elsewhere may let a client's session end while it waits for its turn.
          retry: 1,
          sequence: { groupOrder: 1 }
        }
      }
    ]
  }
})
