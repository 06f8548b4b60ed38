// How the desk is built: one page, its parts in files named by their content, each with a compressed copy beside it.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import vue from "@vitejs/plugin-vue";
import components from "unplugin-vue-components/vite";
import { ElementPlusResolver } from "unplugin-vue-components/resolvers";
import { defineConfig, type Plugin } from "vite";

const out = fileURLToPath(new URL("../static/desk", import.meta.url));

// The server hands out these copies itself (aiohttp's FileResponse), so that nothing is compressed while calls wait.
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    closeBundle() {
      const assets = join(out, "assets");
      for (const name of readdirSync(assets).filter((one) => /\.(js|css)$/.test(one))) {
        const content = readFileSync(join(assets, name));
        writeFileSync(join(assets, `${name}.gz`), gzipSync(content, { level: 9 }));
        writeFileSync(join(assets, `${name}.br`), brotliCompressSync(content));
      }
    },
  };
}

export default defineConfig({
  base: "/static/desk/",
  plugins: [
    vue(),
    components({ dirs: [], dts: false, resolvers: [ElementPlusResolver({ importStyle: "css", directives: true })] }),
    compressed(),
  ],
  resolve: { alias: { "@": fileURLToPath(new URL("src", import.meta.url)) } },
  define: { __VUE_OPTIONS_API__: "true", __VUE_PROD_DEVTOOLS__: "false", __INTLIFY_PROD_DEVTOOLS__: "false" },
  build: {
    outDir: out, emptyOutDir: true, target: "es2022", chunkSizeWarningLimit: 900, reportCompressedSize: false,
    rollupOptions: {
      input: { index: fileURLToPath(new URL("index.html", import.meta.url)), worker: fileURLToPath(new URL("worker/worker.ts", import.meta.url)) },
      // The worker is asked for by the one name that browsers know it by.
      output: { entryFileNames: (chunk) => (chunk.name === "worker" ? "worker.js" : "assets/[name]-[hash].js") },
    },
  },
});
