import { ApiError } from "@b3iq/shared/api/errors.ts";
import { QueryClient } from "@tanstack/react-query";

const kTries = 2;

/** Reads are kept for a while; only what may pass by itself is tried again. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: true,
      retry: (failures, error) =>
        failures < kTries &&
        error instanceof ApiError &&
        (error.status === 0 || error.status >= 502),
      retryDelay: (failures, error) =>
        error instanceof ApiError && error.retryAfter
          ? Math.min(error.retryAfter * 1000, 5_000)
          : 500 * 2 ** failures,
    },
    // What an act was sent or told may be a secret: it goes when the form that asked for it does.
    mutations: { retry: false, gcTime: 0 },
  },
});
