// What a screen reader is told of an answer while it grows: whole sentences, not every token.

/** Fewer characters are not worth an interruption. */
const kLeast = 60;

/**
 * The next piece of `text` behind the first `told` characters that ends with a sentence or a line;
 * "" while there is none. At the end of an answer, all that is left.
 */
export function nextSpoken(text: string, told: number, ended: boolean): string {
  const rest = text.slice(told);
  if (ended) return rest;
  const ends = [...rest.matchAll(/[.!?:;][)"'”’]?\s|\n/g)];
  const last = ends.at(-1);
  if (!last) return "";
  const upTo = last.index + last[0].length;
  return upTo >= kLeast ? rest.slice(0, upTo) : "";
}
