/** The address that programs use: the one that this page was opened at. */
export function baseUrl(): string {
  return `${location.origin}/v1`;
}
