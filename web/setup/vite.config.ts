import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// A node that runs, for `npm run dev` and `npm run preview`. Its gate wants its own name in Host and
// Origin, so the proxy sends that.
const node = process.env.B3IQ_NODE ?? "http://127.0.0.1:8831";
const toNode = {
  target: node,
  changeOrigin: true,
  headers: { origin: node },
};
const proxy = {
  "/setup/v1": toNode,
  "/v1": toNode,
  "/health": toNode,
};

export default defineConfig({
  base: "/setup/",
  plugins: [react()],
  server: { proxy },
  preview: { proxy },
  build: {
    target: "es2023",
    assetsDir: "assets",
    // Browsers of es2023 preload modules themselves.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    cssCodeSplit: true,
    sourcemap: false,
    manifest: true,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            {
              // What nearly every page uses comes as one file: not thirty small ones over a tunnel.
              name: "kit",
              test: /shared\/src\/(api|kit)\/(?!chart_plot)|@tanstack|setup\/src\/app\/(data|event|job|queries|session|starting)|setup\/src\/parts\/\w+_words/,
            },
          ],
        },
      },
    },
    // The works whose code is in the pages, with their licences in full: served with them.
    license: { fileName: "licenses.md" },
  },
});
