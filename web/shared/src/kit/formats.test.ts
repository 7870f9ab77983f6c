import { expect, test } from "vitest";
import { formatBytes, formatDuration, formatRelative } from "./formats";

test("bytes get the largest unit that fits", () => {
  expect(formatBytes(0)).toBe("0 B");
  expect(formatBytes(1023)).toBe("1023 B");
  expect(formatBytes(1536)).toBe("1.5 KiB");
  expect(formatBytes(200 * 1024 ** 2)).toBe("200 MiB");
  expect(formatBytes(3.25 * 1024 ** 4)).toBe("3.3 TiB");
});

test("durations keep their two largest parts", () => {
  expect(formatDuration(850)).toBe("850 ms");
  expect(formatDuration(4200)).toBe("4.2 s");
  expect(formatDuration(185_000)).toBe("3 min 5 s");
  expect(formatDuration(3_600_000)).toBe("1 h");
  expect(formatDuration((3 * 24 + 4) * 3_600_000 + 59_000)).toBe("3 d 4 h");
});

test("times are told from now, both ways", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  expect(formatRelative("2026-11-22T11:59:50Z", now)).toBe("just now");
  expect(formatRelative("2026-11-22T11:55:00Z", now)).toBe("5 min ago");
  expect(formatRelative("2026-11-21T12:00:00Z", now)).toBe("1 day ago");
  expect(formatRelative("2026-11-25T12:00:00Z", now)).toBe("in 3 days");
});
