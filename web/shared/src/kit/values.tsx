// Figures and times in the page: with the exact value as a tooltip, unknown as unknown.
import { useEffect, useState } from "react";
import { formatBytes, formatDuration, formatNumber, formatRelative, formatTime } from "./formats";

function Unknown() {
  return <span className="b3-unknown">unknown</span>;
}

export function ByteSize({ bytes }: { bytes: number | null | undefined }) {
  if (bytes == null) return <Unknown />;
  return <span title={`${formatNumber(bytes)} bytes`}>{formatBytes(bytes)}</span>;
}

export function Duration({ ms }: { ms: number | null | undefined }) {
  if (ms == null) return <Unknown />;
  return <span>{formatDuration(ms)}</span>;
}

export function NumberText({ value }: { value: number | null | undefined }) {
  if (value == null) return <Unknown />;
  return <span>{formatNumber(value)}</span>;
}

const kTickMs = 30_000;

/** A time told from now; it counts on. `never`: what to say when there is none. */
export function RelativeTime({
  time,
  never = "never",
}: {
  time: string | null | undefined;
  never?: string;
}) {
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((tick) => tick + 1), kTickMs);
    return () => clearInterval(timer);
  }, []);
  if (!time) return <span>{never}</span>;
  return (
    <time dateTime={time} title={formatTime(time)}>
      {formatRelative(time)}
    </time>
  );
}
