// The tests of what is pure run in Node, without a browser.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "@": fileURLToPath(new URL("src", import.meta.url)) } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
