// RFC 8785 (JCS) for what signed documents hold: strings, whole numbers, booleans, null, arrays, objects.

export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value !== null && typeof value === "object") {
    // JavaScript compares strings by UTF-16 units, which is the order that JCS asks for.
    const names = Object.keys(value).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const members = names.map(
      (name) => `${JSON.stringify(name)}:${canonical(value[name] ?? null)}`,
    );
    return `{${members.join(",")}}`;
  }
  if (typeof value === "number" && !Number.isSafeInteger(value)) {
    throw new Error(`${value} is not a whole number that every program reads alike.`);
  }
  return JSON.stringify(value);
}

/**
 * What JSON.parse does not tell and a signature depends on: a member that stands twice, a number that
 * is not written as a whole one (1.0). `text` must be JSON. Gives what is wrong, or null.
 */
export function ambiguityIn(text: string): string | null {
  const open: (Set<string> | null)[] = [];
  const tokens = /"(?:[^"\\]|\\.)*"(\s*:)?|-?\d[\d.eE+-]*|[{}[\]]/g;
  for (const [token, colon] of text.matchAll(tokens)) {
    if (token === "{") open.push(new Set());
    else if (token === "[") open.push(null);
    else if (token === "}" || token === "]") open.pop();
    else if (colon !== undefined) {
      const name = JSON.parse(token.slice(0, -colon.length)) as string;
      const names = open.at(-1);
      if (names?.has(name)) return `The member ${name} stands twice.`;
      names?.add(name);
    } else if (!token.startsWith('"') && !/^(0|-?[1-9]\d*)$/.test(token)) {
      return `${token} is not written as a whole number.`;
    }
  }
  return null;
}
