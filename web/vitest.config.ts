import { defineConfig } from "vitest/config";

// Where the project's test command reads how many tests there were.
const results = process.env.VITEST_JSON;

export default defineConfig({
  test: {
    environment: "jsdom",
    // One page for all files of a worker: a page for each costs ten times the tests themselves. Tests
    // put back what they change.
    isolate: false,
    setupFiles: ["./tools/test_setup.ts"],
    include: ["shared/src/**/*.test.{ts,tsx}", "setup/src/**/*.test.{ts,tsx}"],
    css: false,
    reporters: results ? ["default", ["json", { outputFile: results }]] : ["default"],
    testTimeout: 20_000,
  },
});
