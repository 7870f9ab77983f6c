// The texts of a request's body, for reading: messages, a prompt, an input. Unknown forms give null.

export interface Turn {
  role: string;
  text: string;
}

export function turnsOf(request: string): Turn[] | null {
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(request) as Record<string, unknown>;
  } catch {
    return null;
  }
  if (typeof body !== "object" || body === null) return null;
  const system = textOf(body.system ?? body.instructions);
  const first = system ? [{ role: "system", text: system }] : [];
  const list = Array.isArray(body.messages) ? body.messages : body.input;
  if (Array.isArray(list) && list.every(isMessage)) {
    return [...first, ...list.map(({ role, content }) => ({ role, text: textOf(content) }))];
  }
  const single = textOf(body.prompt ?? body.input);
  return single ? [...first, { role: "prompt", text: single }] : null;
}

function isMessage(value: unknown): value is { role: string; content: unknown } {
  return typeof (value as { role?: unknown } | null)?.role === "string";
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map(partText).join("\n");
}

function partText(part: unknown): string {
  if (typeof part === "string") return part;
  const { text, type } = (part ?? {}) as { text?: unknown; type?: unknown };
  if (typeof text === "string") return text;
  return typeof type === "string" ? `[${type}]` : "";
}
