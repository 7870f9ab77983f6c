// Figures and times as people read them. Unknown (null) stays unknown.

const kUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** 1.5 GiB; whole bytes below 1 KiB. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1024 && unit < kUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${kUnits[unit]}`;
}

/** 850 ms, 4.2 s, 3 min 5 s, 2 h 10 min, 3 d 4 h. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const parts: [number, string][] = [
    [Math.floor(seconds / 86400), "d"],
    [Math.floor(seconds / 3600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [Math.floor(seconds) % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

const numbers = new Intl.NumberFormat("en-GB");
const compact = new Intl.NumberFormat("en-GB", { notation: "compact", maximumFractionDigits: 1 });

/** 12,345 */
export function formatNumber(value: number): string {
  return numbers.format(value);
}

/** 12.3k: for tight places; give the whole number beside it. */
export function formatCompact(value: number): string {
  return compact.format(value);
}

/** 42 % */
export function formatPercent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** 22 Nov 2026, 15:42, in the reader's own zone. */
export function formatTime(time: string | number | Date): string {
  return new Date(time).toLocaleString("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });
}

/** just now, 5 min ago, in 3 days. */
export function formatRelative(time: string | number | Date, now = Date.now()): string {
  const seconds = (new Date(time).getTime() - now) / 1000;
  const size = Math.abs(seconds);
  if (size < 45) return seconds > 5 ? "in a moment" : "just now";
  const [count, unit] =
    size < 3600
      ? [size / 60, "min"]
      : size < 86400
        ? [size / 3600, "h"]
        : [size / 86400, Math.round(size / 86400) === 1 ? "day" : "days"];
  const text = `${Math.max(1, Math.round(count as number))} ${unit}`;
  return seconds < 0 ? `${text} ago` : `in ${text}`;
}
