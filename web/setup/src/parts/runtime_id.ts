/** A name for a new runtime that no other one has: ollama, ollama-2, … */
export function freeRuntimeId(wish: string, taken: readonly { id: string }[]): string {
  const base =
    wish
      .toLowerCase()
      .replace(/[^a-z0-9-]+/g, "-")
      .replace(/^-+|-+$/g, "") || "runtime";
  const free = (id: string) => !taken.some((runtime) => runtime.id === id);
  if (free(base)) return base;
  let count = 2;
  while (!free(`${base}-${count}`)) count += 1;
  return `${base}-${count}`;
}
