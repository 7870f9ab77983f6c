import { client, ok } from "@b3iq/shared/api/client.ts";
import type { LiveCall } from "@b3iq/shared/api/types.ts";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

const kAgainMs = 60_000;

export interface Today {
  requests: number;
  promptTokens: number;
  completionTokens: number;
}

/** What ran since midnight, UTC: the node's days. Read again when a call has ended. */
export function useToday(live: readonly LiveCall[] | undefined) {
  const cache = useQueryClient();
  const running = live?.length ?? 0;
  const before = useRef(running);
  useEffect(() => {
    if (running < before.current) cache.invalidateQueries({ queryKey: ["usage", "today"] });
    before.current = running;
  }, [running, cache]);
  return useQuery({
    queryKey: ["usage", "today"],
    queryFn: async ({ signal }): Promise<Today> => {
      const day = new Date().toISOString().slice(0, 10);
      const params = { query: { from: day, to: day } };
      const { data } = await ok(client.GET("/setup/v1/usage", { params, signal }));
      const rows = data.filter((row) => row.day === day);
      const sum = (of: (row: (typeof rows)[number]) => number) =>
        rows.reduce((total, row) => total + of(row), 0);
      return {
        requests: sum((row) => row.requests),
        promptTokens: sum((row) => row.prompt_tokens),
        completionTokens: sum((row) => row.completion_tokens),
      };
    },
    refetchInterval: kAgainMs,
  });
}
