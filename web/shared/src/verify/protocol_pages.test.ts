// What docs/protocol shows and lists is what the golden vectors of the managed plane and of private transport say.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  type Members,
  present,
  repoRoot,
  vectorFile,
  vectors,
} from "../../../tools/managed_vectors";
import type { Json } from "./canonical";

/** What stands at a place such as results[0].document; a text of JSON on the way is read. */
function valueAt(file: string, place: string): Json {
  const read = (value: Json | undefined): Json =>
    typeof value === "string" && value.startsWith("{")
      ? (JSON.parse(value) as Json)
      : present(value, `${file}: ${place}`);
  return place
    .split(/[.[\]]+/)
    .filter(Boolean)
    .reduce((value, step) => read((value as Members)[step]), vectorFile(file));
}

// In docs/protocol an example stands behind <!-- FILE: a.b[0].c -->; it is the vector's, laid out for people.
test("the examples in docs/protocol are those of the vectors", () => {
  const folder = join(repoRoot, "docs/protocol");
  let examples = 0;
  for (const page of readdirSync(folder)) {
    const found = readFileSync(join(folder, page), "utf8").matchAll(
      /<!-- ((?:managed_\w+|private_transport)\.json): ([\w.[\]]+) -->\n```json\n([\s\S]*?)\n```/g,
    );
    for (const [, file = "", place = "", example = ""] of found) {
      expect(JSON.parse(example), `${page}: ${file} ${place}`).toEqual(valueAt(file, place));
      examples += 1;
    }
  }
  expect(examples).toBeGreaterThanOrEqual(16);
});

// The table of blockers in the page is the program's own.
test("docs/protocol/readiness.md lists every blocker with its message and action", () => {
  const page = readFileSync(join(repoRoot, "docs/protocol/readiness.md"), "utf8");
  for (const { code, gate, message, next_action } of vectors("readiness").blockers) {
    expect(page).toContain(`| ${gate} | \`${code}\` | ${message} | ${next_action} |`);
  }
});
