// Settings as text in fields: read, checked before they are sent, and put into groups.
import type { Setting } from "@b3iq/shared/api/types.ts";
import { formatBytes, formatDuration, formatNumber } from "@b3iq/shared/kit/formats.ts";

/** What the owner has typed; `null`: back to the default. */
export type Drafts = Record<string, string | null>;

export type SettingValue = Setting["value"];

const kDurations: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const kSizes: Record<string, number> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** The text that a field shows for what is set. */
export function textOf(setting: Setting): string {
  const { type, value, shown } = setting;
  if (type === "duration" || type === "size") return shown;
  if (Array.isArray(value)) return value.join("\n");
  if (type === "section") return value === null ? "" : JSON.stringify(value, null, 2);
  return value === null ? "" : String(value);
}

/** The default in words; null where there is none worth saying. */
export function defaultText(setting: Setting): string | null {
  const { type, default: fallback } = setting;
  if (fallback === null || fallback === "" || (Array.isArray(fallback) && !fallback.length)) {
    return type === "section" ? null : "empty";
  }
  if (type === "boolean") return fallback ? "on" : "off";
  if (type === "duration") return formatDuration(fallback as number);
  if (type === "size") return fallback === 0 ? "0" : formatBytes(fallback as number);
  if (Array.isArray(fallback)) return fallback.join(", ");
  return String(fallback);
}

export type Parsed = { value: SettingValue } | { fault: string };

/** What a text means, or why it cannot be sent. */
export function parse(setting: Setting, text: string): Parsed {
  const trimmed = text.trim();
  switch (setting.type) {
    case "boolean":
      return { value: trimmed === "true" };
    case "integer": {
      if (!/^-?\d{1,15}$/.test(trimmed)) return { fault: "Write a whole number." };
      return within(setting, Number(trimmed), trimmed, formatNumber);
    }
    case "duration":
      return withUnit(setting, trimmed, kDurations, "Write a time such as 30s, 5m or 2h.", (ms) =>
        ms === 0 ? "0" : formatDuration(ms),
      );
    case "size":
      return withUnit(setting, trimmed, kSizes, "Write a size such as 64KiB, 8MiB or 1GiB.", (n) =>
        n === 0 ? "0" : formatBytes(n),
      );
    case "list": {
      const lines = text.split("\n").map((line) => line.trim());
      return { value: lines.filter(Boolean) };
    }
    case "section":
      return section(trimmed);
    case "choice":
      return setting.choices.includes(trimmed)
        ? { value: trimmed }
        : { fault: `Choose one of ${setting.choices.join(", ")}.` };
    case "text":
      return { value: trimmed };
  }
}

function within(
  setting: Setting,
  number: number,
  value: SettingValue,
  format: (number: number) => string,
): Parsed {
  const { min, max } = setting;
  if (min !== null && number < min) return { fault: `It must be at least ${format(min)}.` };
  if (max !== null && number > max) return { fault: `It may be at most ${format(max)}.` };
  return { value: setting.type === "integer" ? number : value };
}

function withUnit(
  setting: Setting,
  text: string,
  units: Record<string, number>,
  hint: string,
  format: (number: number) => string,
): Parsed {
  const match = /^(\d{1,15})\s*([A-Za-z]*)$/.exec(text);
  const unit = match?.[2] ?? "";
  const size = unit === "" && Number(match?.[1]) === 0 ? 1 : units[unit];
  if (!match || size === undefined) return { fault: hint };
  return within(setting, Number(match[1]) * size, `${match[1]}${unit}`, format);
}

function section(text: string): Parsed {
  if (text === "") return { value: null };
  try {
    const value = JSON.parse(text) as SettingValue;
    return typeof value === "object" ? { value } : { fault: "Write a JSON object or list." };
  } catch (error) {
    return { fault: `This is not JSON: ${(error as Error).message}.` };
  }
}

/** Only what differs from what is set. */
export function isChanged(setting: Setting, draft: string | null | undefined): boolean {
  if (draft === undefined) return false;
  if (draft === null) return setting.configured;
  return draft !== textOf(setting);
}

export interface Changes {
  changes: Record<string, SettingValue>;
  faults: Record<string, string>;
}

export function changesOf(settings: Setting[], drafts: Drafts): Changes {
  const out: Changes = { changes: {}, faults: {} };
  for (const setting of settings) {
    const draft = drafts[setting.name];
    if (draft === undefined || !isChanged(setting, draft)) continue;
    if (draft === null) {
      out.changes[setting.name] = null;
      continue;
    }
    const parsed = parse(setting, draft);
    if ("fault" in parsed) out.faults[setting.name] = parsed.fault;
    else out.changes[setting.name] = parsed.value;
  }
  return out;
}

const kGroups: [title: string, about: string, names: RegExp][] = [
  [
    "Network",
    "Where the node listens, and who may call it.",
    /^(listen|allow_remote|tls\.|allowed_)/,
  ],
  ["Models", "Installed models: memory, context, downloads.", /^models\./],
  ["Limits", "How much a call may be, and how long it may wait.", /^(limits\.|drain)/],
  ["Logs", "What the node writes down. Never content.", /^(log\.|request_log)/],
  ["Telemetry", "Nothing is sent anywhere unless you name a collector.", /^telemetry\./],
  ["Updates", "Whom the node asks when you ask for an update.", /^updates\./],
  ["Other", "Kept by the program, or changed on pages of their own.", /^/],
];

export interface SettingGroup {
  title: string;
  about: string;
  settings: Setting[];
}

export function groupsOf(settings: Setting[]): SettingGroup[] {
  const groups = kGroups.map(([title, about]) => ({ title, about, settings: [] as Setting[] }));
  for (const setting of settings) {
    groups[kGroups.findIndex(([, , names]) => names.test(setting.name))]?.settings.push(setting);
  }
  return groups.filter((group) => group.settings.length > 0);
}

export function matches(setting: Setting, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const text =
    `${setting.name} ${setting.name.replace(/[._]/g, " ")} ${setting.help}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

export const sourceNames: Record<Setting["source"], string> = {
  default: "the default",
  config: "config.json",
  environment: "an environment variable",
  flag: "a flag of serve",
};
