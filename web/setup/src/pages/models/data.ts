import { client, ok } from "@b3iq/shared/api/client.ts";
import type { Runtime } from "@b3iq/shared/api/types.ts";
import { useQuery } from "@tanstack/react-query";

export function useStatus() {
  return useQuery({
    queryKey: ["status"],
    queryFn: ({ signal }) => ok(client.GET("/setup/v1/status", { signal })),
  });
}

export function useRuntimes() {
  return useQuery({
    queryKey: ["runtimes"],
    queryFn: async ({ signal }) =>
      (await ok(client.GET("/setup/v1/runtimes", { signal }))).data as Runtime[],
  });
}

export function useModels() {
  return useQuery({
    queryKey: ["models"],
    queryFn: async ({ signal }) => (await ok(client.GET("/setup/v1/models", { signal }))).data,
  });
}

export function useInstalledModels() {
  return useQuery({
    queryKey: ["installed-models"],
    queryFn: ({ signal }) => ok(client.GET("/setup/v1/installed-models", { signal })),
  });
}

export function useCatalogue() {
  return useQuery({
    queryKey: ["catalogue"],
    queryFn: ({ signal }) => ok(client.GET("/setup/v1/catalogue", { signal })),
  });
}

export function useModelJobs() {
  return useQuery({
    queryKey: ["model-jobs"],
    queryFn: async ({ signal }) => (await ok(client.GET("/setup/v1/model-jobs", { signal }))).data,
  });
}

export function useKeys(enabled = true) {
  return useQuery({
    queryKey: ["keys"],
    queryFn: async ({ signal }) => (await ok(client.GET("/setup/v1/keys", { signal }))).data,
    enabled,
  });
}

export function useLiveCalls() {
  return useQuery({
    queryKey: ["live"],
    queryFn: async ({ signal }) => (await ok(client.GET("/setup/v1/live", { signal }))).data,
  });
}
