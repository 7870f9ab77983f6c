import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "jsdom",
    setupFiles: ["./tools/test_setup.ts"],
    include: ["shared/src/**/*.test.{ts,tsx}", "setup/src/**/*.test.{ts,tsx}"],
    css: false,
    testTimeout: 20_000,
  },
});
