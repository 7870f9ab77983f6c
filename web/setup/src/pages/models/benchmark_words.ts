import type { ModelBenchmark } from "@b3iq/shared/api/types.ts";

/** Of each model on each runtime the latest; `list` is newest first. */
export function newestOfEach(list: readonly ModelBenchmark[]): ModelBenchmark[] {
  const seen = new Set<string>();
  return list.filter(({ model, runtime }) => {
    const name = `${runtime} ${model}`;
    const isNew = !seen.has(name);
    seen.add(name);
    return isNew;
  });
}
