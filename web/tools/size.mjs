// What the first page loads, compressed. Fails above the limit.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const kLimit = 150 * 1024;
const dist = new URL("../setup/dist/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL(".vite/manifest.json", dist), "utf8"));

/** Everything that a chunk imports before it runs; dynamic imports are loaded later. */
function withImports(name, seen = new Set()) {
  if (seen.has(name)) return seen;
  seen.add(name);
  for (const next of manifest[name].imports ?? []) withImports(next, seen);
  return seen;
}

// The first page is the entry and the page that it shows: the heaviest of those that can be first.
const entry = Object.keys(manifest).find((name) => manifest[name].isEntry);
const firstPages = Object.keys(manifest).filter((name) =>
  /^src\/(pages\/(overview|start)\/|app\/(gate|shell)\/)[^/]*index\.tsx$/.test(name),
);

function bytesOf(names) {
  const rows = [...names].map((name) => {
    const file = manifest[name].file;
    return { file, bytes: gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length };
  });
  return { rows, total: rows.reduce((sum, row) => sum + row.bytes, 0) };
}

let worst = { name: "entry alone", ...bytesOf(withImports(entry)) };
for (const page of firstPages) {
  const loaded = bytesOf(withImports(page, withImports(entry)));
  console.log(`${page}: ${(loaded.total / 1024).toFixed(1)} KiB`);
  if (loaded.total > worst.total) worst = { name: page, ...loaded };
}
for (const row of worst.rows)
  console.log(`  ${(row.bytes / 1024).toFixed(1).padStart(7)}  ${row.file}`);
console.log(
  `first load (${worst.name}): ${(worst.total / 1024).toFixed(1)} KiB of ${kLimit / 1024}`,
);
if (worst.total > kLimit) {
  console.error("The first load is too large: make what it does not need at once lazy.");
  process.exit(1);
}
