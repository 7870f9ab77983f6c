// What an operator does to runtimes; what changed is read again.
import { client, ok } from "@b3iq/shared/api/client.ts";
import type { NewRuntime, Runtime, RuntimeTest } from "@b3iq/shared/api/types.ts";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";

const kReads = ["runtimes", "models", "status", "model-profiles"];

export function useRuntimeActs() {
  const cache = useQueryClient();
  const notify = useNotify();
  return useMemo(() => {
    const done = (text: string) => {
      for (const name of kReads) cache.invalidateQueries({ queryKey: [name] });
      notify(text);
    };
    return {
      test: ({ kind, base_url, api_key, profile }: NewRuntime): Promise<RuntimeTest> =>
        ok(client.POST("/setup/v1/runtimes/test", { body: { kind, base_url, api_key, profile } })),
      add: async (body: NewRuntime): Promise<Runtime> => {
        const added = await ok(client.POST("/setup/v1/runtimes", { body }));
        done(`${added.id} is added`);
        return added;
      },
      remove: async (runtime: string) => {
        await ok(client.DELETE("/setup/v1/runtimes/{runtime}", { params: { path: { runtime } } }));
        done(`${runtime} is removed`);
      },
    };
  }, [cache, notify]);
}
