import { client, ok } from "@b3iq/shared/api/client.ts";
import type { UserName } from "@b3iq/shared/api/types.ts";
import { useSession } from "../session";
import { GateFrame } from "./gate_frame";
import { PasswordForm } from "./password_form";

const kMay = {
  viewer: "As a viewer you see what the node does.",
  operator: "As an operator you run models and keys, and chat.",
  owner: "",
};

export function Invitation({ user }: { user: UserName | null }) {
  const { begin } = useSession();
  return (
    <GateFrame
      title={user ? `Welcome, ${user.name}` : "Welcome"}
      about={`You are invited to this node. ${user ? kMay[user.role] : ""} Choose a password; you log in with your name and with it.`}
    >
      <PasswordForm
        userName={user?.name}
        submit="Set password and log in"
        send={(_, password) => ok(client.POST("/setup/v1/invitation", { body: { password } }))}
        onDone={begin}
      />
    </GateFrame>
  );
}
