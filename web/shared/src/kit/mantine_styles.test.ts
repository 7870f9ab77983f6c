import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const web = join(dirname(fileURLToPath(import.meta.url)), "../../..");
const sources = ["shared/src", "setup/src"].flatMap((folder) =>
  readdirSync(join(web, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => readFileSync(join(web, folder, name), "utf8")),
);

// They write style elements, which the page's policy refuses.
const kForbidden = ["AppShell", "Grid", "SimpleGrid", "Modal", "Drawer"];

function importedComponents(): Set<string> {
  const names = sources.flatMap((text) =>
    [...text.matchAll(/import \{([^}]*)\} from "@mantine\/core"/g)].flatMap((match) =>
      (match[1] ?? "").split(",").map((name) => name.trim()),
    ),
  );
  return new Set(names.filter((name) => /^[A-Z]\w+$/.test(name)));
}

test("every Mantine component that is used has its styles", () => {
  const listed = readFileSync(join(web, "shared/src/kit/mantine_styles.ts"), "utf8");
  for (const name of importedComponents()) {
    const file = `@mantine/core/styles/${name}.css`;
    if (!existsSync(join(web, "node_modules", file))) continue;
    expect(listed, `${name} needs an import of ${file}`).toContain(file);
  }
});

test("no component that writes style elements is used", () => {
  for (const name of kForbidden) expect([...importedComponents()]).not.toContain(name);
});
