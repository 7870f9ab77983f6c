// Routes that a page needs and api/local.json does not have yet, in the shape of the generated types.
// A path and method named here wins until it arrives there. None at present.
export type PendingPaths = Record<never, never>;
