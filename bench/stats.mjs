export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

// Highest over lowest of the rounds: how far a difference must go to mean something.
export function spread(values) {
  const low = Math.min(...values);
  return low > 0 ? Math.max(...values) / low : Infinity;
}
