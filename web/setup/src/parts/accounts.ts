// Who makes calls: keys, users, the command line.
import { client, ok } from "@b3iq/shared/api/client.ts";
import { useQuery } from "@tanstack/react-query";
import { useKeys } from "../app/data";
import { useMay, useUser } from "../app/session";

export function useUsers() {
  return useQuery({
    queryKey: ["users"],
    queryFn: async ({ signal }) => (await ok(client.GET("/setup/v1/users", { signal }))).data,
    enabled: useMay("owner"),
  });
}

/** The name of a key, of a user, of the command line: of whatever made a call. */
export function useAccountNames(): (account: string) => string {
  const keys = useKeys().data;
  const users = useUsers().data;
  const me = useUser();
  return (account) => {
    if (account === "") return "nobody known";
    if (account === "operator") return "command line";
    if (account === me.id) return `${me.name} (you)`;
    const found =
      keys?.find((key) => key.id === account) ?? users?.find((user) => user.id === account);
    if (found) return found.name;
    // Only the owner may know who the others are.
    return account.startsWith("user_") ? "another user" : account;
  };
}
