// Writes shared/src/api/local.d.ts from api/local.json. With --check it only compares.
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const source = new URL("../../api/local.json", import.meta.url);
const target = new URL("../shared/src/api/local.d.ts", import.meta.url);

const head = "// Generated from api/local.json by `npm run types`. Do not edit.\n\n";
const text = head + astToString(await openapiTS(source, { silent: true }));

if (process.argv.includes("--check")) {
  const committed = await readFile(target, "utf8").catch(() => "");
  if (committed !== text) {
    console.error("shared/src/api/local.d.ts is not that of api/local.json: run `npm run types`.");
    process.exit(1);
  }
} else {
  await writeFile(target, text);
}
