// What can be done about a backup that is being made, or that came to nothing.
import { client, ok } from "@b3iq/shared/api/client.ts";
import type { Backup } from "@b3iq/shared/api/types.ts";
import { queryClient } from "../../app/queries";

const readAnew = () => queryClient.invalidateQueries({ queryKey: ["backups"] });

/** Resolves when the making has begun. `again`: the one that failed; its note goes. */
export async function beginBackup(
  body: { with_identity: boolean; password?: string },
  again?: Backup,
): Promise<void> {
  const begun = await ok(client.POST("/setup/v1/backups", { body }));
  // A small one is done before the list is read: its end is told only if its beginning was seen.
  queryClient.setQueryData<Backup[]>(
    ["backups"],
    (all) => all && [begun, ...all.filter((one) => one.id !== begun.id)],
  );
  if (again) await deleteBackup(again).catch(readAnew);
  else await readAnew();
}

/** The list tells when it has stopped. */
export async function cancelBackup(backup: Backup): Promise<void> {
  const params = { path: { backup: backup.id } };
  // It may have come to its end meanwhile: the list says how.
  await ok(client.POST("/setup/v1/backups/{backup}/cancel", { params })).finally(readAnew);
}

export async function deleteBackup(backup: Backup): Promise<void> {
  const params = { path: { backup: backup.id } };
  await ok(client.DELETE("/setup/v1/backups/{backup}", { params }));
  await readAnew();
}
