// Reads the part of Markdown that models write into blocks. It makes values, never HTML: whatever a
// model says, the page shows it as text.

export interface ListItem {
  text: string;
  /** Lists within it. */
  lists: ListBlock[];
}

export interface ListBlock {
  type: "list";
  ordered: boolean;
  start: number;
  items: ListItem[];
}

export type Block =
  | { type: "paragraph"; text: string }
  | { type: "heading"; text: string }
  | { type: "code"; language: string; text: string; open: boolean }
  | { type: "quote"; blocks: Block[] }
  | { type: "table"; head: string[]; rows: string[][] }
  | { type: "rule" }
  | ListBlock;

const kFence = /^ {0,3}(`{3,}|~{3,})\s*([^\s`]*)/;
const kHeading = /^ {0,3}#{1,6}\s+(.*?)\s*#*$/;
const kRule = /^ {0,3}([-*_])(\s*\1){2,}\s*$/;
const kItem = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const kQuote = /^ {0,3}>\s?(.*)$/;
const kTableRule = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
/** Quotes and lists within each other; deeper ones are shown as text. */
const kMaxDepth = 6;

/** Cuts a text into blocks. A fence that is not closed goes to the end: the answer still comes. */
export function readMarkdown(text: string, depth = 0): Block[] {
  const reader = new BlockReader(text.replaceAll("\r\n", "\n").split("\n"), depth);
  return reader.read();
}

class BlockReader {
  #at = 0;
  #blocks: Block[] = [];

  constructor(
    private readonly lines: string[],
    private readonly depth: number,
  ) {}

  read(): Block[] {
    while (this.#at < this.lines.length) {
      const line = this.#line();
      if (line.trim() === "") this.#at += 1;
      else if (kFence.test(line)) this.#code(line);
      else if (kHeading.test(line)) this.#heading(line);
      else if (kRule.test(line)) this.#rule();
      else if (kQuote.test(line) && this.depth < kMaxDepth) this.#quote();
      else if (kItem.test(line)) this.#list();
      else if (this.#isTable()) this.#table();
      else this.#paragraph();
    }
    return this.#blocks;
  }

  #line(ahead = 0): string {
    return this.lines[this.#at + ahead] ?? "";
  }

  #code(first: string) {
    const [, fence = "```", language = ""] = kFence.exec(first) ?? [];
    const body: string[] = [];
    this.#at += 1;
    let open = true;
    while (this.#at < this.lines.length) {
      const line = this.#line();
      this.#at += 1;
      if (line.trim().startsWith(fence) && line.trim().replaceAll(fence[0] ?? "`", "") === "") {
        open = false;
        break;
      }
      body.push(line);
    }
    this.#blocks.push({ type: "code", language, text: body.join("\n"), open });
  }

  #heading(line: string) {
    this.#blocks.push({ type: "heading", text: kHeading.exec(line)?.[1] ?? line });
    this.#at += 1;
  }

  #rule() {
    this.#blocks.push({ type: "rule" });
    this.#at += 1;
  }

  #quote() {
    const body: string[] = [];
    for (;;) {
      const match = kQuote.exec(this.#line());
      if (!match || this.#at >= this.lines.length) break;
      body.push(match[1] ?? "");
      this.#at += 1;
    }
    this.#blocks.push({ type: "quote", blocks: readMarkdown(body.join("\n"), this.depth + 1) });
  }

  #list() {
    const lines: string[] = [];
    while (this.#at < this.lines.length) {
      const line = this.#line();
      const goesOn = kItem.test(line) || /^\s{2,}\S/.test(line);
      const gap = line.trim() === "" && kItem.test(this.#line(1));
      if (!goesOn && !gap) break;
      if (!gap) lines.push(line);
      this.#at += 1;
    }
    this.#blocks.push(...readLists(lines));
  }

  #isTable(): boolean {
    return this.#line().includes("|") && kTableRule.test(this.#line(1));
  }

  #table() {
    const head = cells(this.#line());
    const rows: string[][] = [];
    this.#at += 2;
    while (this.#line().includes("|")) {
      rows.push(cells(this.#line()));
      this.#at += 1;
    }
    this.#blocks.push({ type: "table", head, rows });
  }

  #paragraph() {
    const body: string[] = [];
    while (this.#at < this.lines.length && (body.length === 0 || !this.#startsOther())) {
      body.push(this.#line().trim());
      this.#at += 1;
    }
    this.#blocks.push({ type: "paragraph", text: body.join("\n") });
  }

  #startsOther(): boolean {
    const line = this.#line();
    if (line.trim() === "") return true;
    return [kFence, kHeading, kRule, kQuote, kItem].some((start) => start.test(line));
  }
}

function cells(line: string): string[] {
  return line
    .trim()
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => cell.trim());
}

/** Lists from their lines; an item that stands further in belongs to the one above it. */
function readLists(lines: string[]): ListBlock[] {
  const top: ListBlock[] = [];
  const open: { indent: number; list: ListBlock }[] = [];
  for (const line of lines) {
    const match = kItem.exec(line);
    const last = open.at(-1)?.list.items.at(-1);
    if (!match) {
      if (last) last.text += `\n${line.trim()}`;
      continue;
    }
    const [, space = "", mark = "-", text = ""] = match;
    const ordered = /\d/.test(mark);
    while (open.length > 0 && space.length < (open.at(-1)?.indent ?? 0)) open.pop();
    const parent = open.at(-1);
    const deeper = parent && space.length > parent.indent + 1 && open.length < kMaxDepth;
    if (deeper || !parent || parent.list.ordered !== ordered) {
      if (parent && !deeper) open.pop();
      const holder = deeper
        ? parent.list.items.at(-1)?.lists
        : open.at(-1)?.list.items.at(-1)?.lists;
      const list: ListBlock = {
        type: "list",
        ordered,
        start: Number.parseInt(mark, 10) || 1,
        items: [],
      };
      (holder ?? top).push(list);
      open.push({ indent: space.length, list });
    }
    open.at(-1)?.list.items.push({ text, lists: [] });
  }
  return top;
}

export type Inline =
  | { type: "text"; text: string }
  | { type: "code"; text: string }
  | { type: "strong"; parts: Inline[] }
  | { type: "em"; parts: Inline[] }
  | { type: "link"; href: string; parts: Inline[] };

const kInline =
  /(`+)([\s\S]+?)\1(?!`)|\*\*([\s\S]+?)\*\*|__([\s\S]+?)__(?!\w)|\*([^\s*](?:[^*]*[^\s*])?)\*|\b_([^\s_](?:[^_]*[^\s_])?)_\b|\[([^\]\n]+)\]\((https?:\/\/[^\s)]+)\)/;

/** Bold, italic, code and links to web pages; everything else stays text. */
export function readInline(text: string): Inline[] {
  const parts: Inline[] = [];
  let rest = text;
  for (;;) {
    const match = kInline.exec(rest);
    if (!match) break;
    if (match.index > 0) parts.push({ type: "text", text: rest.slice(0, match.index) });
    parts.push(inlineOf(match));
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest) parts.push({ type: "text", text: rest });
  return parts;
}

function inlineOf(match: RegExpExecArray): Inline {
  const [, , code, bold, bold2, em, em2, label, href] = match;
  if (code !== undefined) return { type: "code", text: code.trim() || code };
  const strong = bold ?? bold2;
  if (strong !== undefined) return { type: "strong", parts: readInline(strong) };
  if (label !== undefined && href !== undefined)
    return { type: "link", href, parts: [{ type: "text", text: label }] };
  return { type: "em", parts: readInline(em ?? em2 ?? "") };
}
