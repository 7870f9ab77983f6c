import { client, ok } from "@b3iq/shared/api/client.ts";
import { useSession } from "../session";
import { GateFrame } from "./gate_frame";
import { PasswordForm } from "./password_form";

export function Recovery() {
  const { begin } = useSession();
  return (
    <GateFrame
      title="Set a new password"
      about="Your setup address lets you in as the owner. A new password ends every session, also on other devices."
    >
      <PasswordForm
        submit="Set password and log in"
        send={(_, password) => ok(client.POST("/setup/v1/owner/recovery", { body: { password } }))}
        onDone={begin}
      />
    </GateFrame>
  );
}
