// What more than one page reads. The event stream keeps jobs, live calls and runtimes fresh.
import { client, ok } from "@b3iq/shared/api/client.ts";
import type { Backup, ModelJob, Runtime } from "@b3iq/shared/api/types.ts";
import { useQuery } from "@tanstack/react-query";
import { type Connection, useConnection } from "./events";

export function useStatus() {
  return useQuery({
    queryKey: ["status"],
    queryFn: ({ signal }) => ok(client.GET("/setup/v1/status", { signal })),
  });
}

export function useEnrollment() {
  return useQuery({
    queryKey: ["enrollment"],
    queryFn: ({ signal }) => ok(client.GET("/setup/v1/enrollment", { signal })),
  });
}

export function useInventory(refetchInterval: number | false = false) {
  return useQuery({
    queryKey: ["inventory"],
    queryFn: ({ signal }) => ok(client.GET("/setup/v1/inventory", { signal })),
    refetchInterval,
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

const kWorkMs = 2_000;

/** The stream tells of progress; without one, work that goes on is asked after. */
export function pollMs(connection: Connection, works: boolean | undefined): number | false {
  return connection === "polling" && works ? kWorkMs : false;
}

export function useModelJobs() {
  const connection = useConnection();
  return useQuery({
    queryKey: ["model-jobs"],
    queryFn: async ({ signal }): Promise<ModelJob[]> =>
      (await ok(client.GET("/setup/v1/model-jobs", { signal }))).data,
    refetchInterval: ({ state }) =>
      pollMs(
        connection,
        state.data?.some((job) => job.state === "running"),
      ),
  });
}

/** `read` false: only what a page has read already, as the stream keeps it. */
export function useBackups(read = true) {
  const connection = useConnection();
  return useQuery({
    queryKey: ["backups"],
    queryFn: async ({ signal }): Promise<Backup[]> =>
      (await ok(client.GET("/setup/v1/backups", { signal }))).data,
    enabled: read,
    refetchInterval: ({ state }) =>
      pollMs(
        connection,
        state.data?.some((one) => one.state === "making"),
      ),
  });
}

export function useKeys() {
  return useQuery({
    queryKey: ["keys"],
    queryFn: async ({ signal }) => (await ok(client.GET("/setup/v1/keys", { signal }))).data,
  });
}

export function useLiveCalls() {
  return useQuery({
    queryKey: ["live"],
    queryFn: async ({ signal }) => (await ok(client.GET("/setup/v1/live", { signal }))).data,
  });
}
