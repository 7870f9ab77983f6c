// What JSON.parse does not tell: members that stand twice, lone surrogates, depth, and a member's
// exact text.
import type { Json } from "../verify/canonical";

export interface StrictObject {
  members: { [name: string]: Json };
  /** The text of each member of the outermost object as it stands; not of one whose name is escaped. */
  texts: Map<string, string>;
}

const kMaxDepth = 65;

/** null unless `text` is one JSON object from its first character to its last, by the node's rules. */
export function strictObject(text: string): StrictObject | null {
  if (!text.startsWith("{") || !text.endsWith("}")) return null;
  let members: { [name: string]: Json };
  try {
    members = JSON.parse(text) as { [name: string]: Json };
  } catch {
    return null;
  }
  const texts = textsOf(text);
  return texts && { members, texts };
}

/** `text` is valid JSON, an object. null: a name twice, a lone surrogate, too deep. */
function textsOf(text: string): Map<string, string> | null {
  const texts = new Map<string, string>();
  const open: (Set<string> | null)[] = []; // the names so far of each object; null for an array
  let outer: string | null = null; // the member of the outermost object that is being read
  let begin = 0;
  let namesNext = false;
  const endOfValue = (at: number) => {
    if (open.length === 1 && outer !== null) texts.set(outer, text.slice(begin, at).trim());
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '"') {
      const end = endOfString(text, at);
      const raw = text.slice(at, end);
      if (raw.includes("\\u") && !(JSON.parse(raw) as string).isWellFormed()) return null;
      if (namesNext) {
        const name = JSON.parse(raw) as string;
        const names = open.at(-1);
        if (names?.has(name)) return null;
        names?.add(name);
        namesNext = false;
        if (open.length === 1) outer = raw === `"${name}"` ? name : null;
      }
      at = end - 1;
    } else if (char === "{" || char === "[") {
      open.push(char === "{" ? new Set() : null);
      if (open.length > kMaxDepth) return null;
      namesNext = char === "{";
    } else if (char === "}" || char === "]") {
      endOfValue(at);
      open.pop();
      namesNext = false;
    } else if (char === ",") {
      endOfValue(at);
      namesNext = open.at(-1) !== null;
    } else if (char === ":" && open.length === 1) {
      begin = at + 1;
    }
  }
  return texts;
}

function endOfString(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); ; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === "\\") slashes += 1;
    if (slashes % 2 === 0) return end + 1;
  }
}
