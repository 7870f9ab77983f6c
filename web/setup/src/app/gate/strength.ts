// A hint, not a rule: the node asks for eight bytes and nothing else.

export const kLeastBytes = 8;

export interface Strength {
  level: 0 | 1 | 2 | 3 | 4;
  hint: string;
}

const kCommon = /^(?:password|passwort|qwert[yz]|12345|letmein|admin|welcome|b3iq|abc123)/i;

function bytesOf(password: string): number {
  return new TextEncoder().encode(password).length;
}

/** As the node counts: bytes of UTF-8, not characters. */
export function isTooShort(password: string): boolean {
  return bytesOf(password) < kLeastBytes;
}

export function strengthOf(password: string): Strength {
  if (password === "") return { level: 0, hint: "" };
  const bytes = bytesOf(password);
  if (bytes < kLeastBytes) {
    return { level: 1, hint: `Too short: ${kLeastBytes - bytes} more.` };
  }
  if (kCommon.test(password) || /^(.)\1+$/.test(password)) {
    return { level: 1, hint: "One of the first that somebody would try." };
  }
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((kind) =>
    kind.test(password),
  ).length;
  const score = new Set(password).size + bytes / 2 + kinds * 2;
  if (score < 16) return { level: 2, hint: "Can be guessed. Longer is better than stranger." };
  if (score < 24) return { level: 3, hint: "Good." };
  return { level: 4, hint: "Very good." };
}
