// Who makes calls: keys, users, the command line.
import { client, ok } from "@b3iq/shared/api/client.ts";
import { useQuery } from "@tanstack/react-query";
import { useKeys } from "../app/data";
import { queryClient } from "../app/queries";
import { useMay, useUser } from "../app/session";
import { accountName, presentName, removedHint } from "./account_words";

export function useUsers() {
  return useQuery({
    queryKey: ["users"],
    queryFn: async ({ signal }) => (await ok(client.GET("/setup/v1/users", { signal }))).data,
    enabled: useMay("owner"),
  });
}

/** Before what users did is shown: a list that is older would call a new one a removed one. */
export function readUsersAnew(): void {
  queryClient.invalidateQueries({ queryKey: ["users"] });
}

/** The name of a key, of a user, of the command line: of whatever made a call. */
export function useAccountNames(): (account: string) => string {
  const keys = useKeys().data;
  const users = useUsers().data;
  const me = useUser();
  return (account) => accountName(account, { keys, users, me });
}

/** The same for calls that run now. */
export function useCallerNames(): (account: string) => string {
  const nameOf = useAccountNames();
  return (account) => presentName(nameOf(account));
}

/** A name with a hint where it does not tell two apart. */
export function AccountName({ account, name }: { account: string; name: string }) {
  const hint = removedHint(account, name);
  return hint ? <span title={hint}>{name}</span> : name;
}
