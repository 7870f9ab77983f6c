// What an operator does to models. Each act tells itself, and what it changed is read again.
import { client, ok } from "@b3iq/shared/api/client.ts";
import type { Paths } from "@b3iq/shared/api/types.ts";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";

export type JobRequest =
  Paths["/setup/v1/model-jobs"]["post"]["requestBody"]["content"]["application/json"];

const kModelReads = ["models", "installed-models", "catalogue", "model-profiles", "model-jobs"];

export function useModelActs() {
  const cache = useQueryClient();
  const notify = useNotify();
  return useMemo(() => {
    const done = (text: string) => {
      for (const name of kModelReads) cache.invalidateQueries({ queryKey: [name] });
      notify(text);
    };
    const job = (id: string) => ({ params: { path: { job: id } } });
    return {
      load: async (model: string) => {
        await ok(client.POST("/setup/v1/models/load", { body: { model } }));
        done(`${model} is in memory`);
      },
      unload: async (model: string) => {
        await ok(client.POST("/setup/v1/models/unload", { body: { model } }));
        done(`${model} is out of memory`);
      },
      remove: async (model: string) => {
        await ok(
          client.DELETE("/setup/v1/installed-models/{model*}", { params: { path: { model } } }),
        );
        done(`${model} is removed`);
      },
      begin: async (body: JobRequest) => {
        const begun = await ok(client.POST("/setup/v1/model-jobs", { body }));
        done(body.kind === "benchmark" ? "The measuring has begun" : "The install has begun");
        return begun;
      },
      cancelJob: async (id: string) => {
        await ok(client.POST("/setup/v1/model-jobs/{job}/cancel", job(id)));
        done("Stopped; what came so far is kept");
      },
      resumeJob: async (id: string) => {
        await ok(client.POST("/setup/v1/model-jobs/{job}/resume", job(id)));
        done("It goes on");
      },
      removeJob: async (id: string) => {
        await ok(client.DELETE("/setup/v1/model-jobs/{job}", job(id)));
        done("Removed from the list");
      },
    };
  }, [cache, notify]);
}

export type ModelActs = ReturnType<typeof useModelActs>;
