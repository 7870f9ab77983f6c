import { client, ok } from "@b3iq/shared/api/client.ts";
import { useLocation } from "wouter";
import { useSession } from "../session";
import { GateFrame } from "./gate_frame";
import { PasswordForm } from "./password_form";

/** The first step of the wizard: the node gets its owner. */
export function Claim() {
  const { begin } = useSession();
  const [, go] = useLocation();
  return (
    <GateFrame
      title="Claim this node"
      about="You become its owner. Name and password stay on this machine; nobody else can do this afterwards."
    >
      <PasswordForm
        withName
        submit="Claim node"
        send={(name, password) => ok(client.POST("/setup/v1/owner", { body: { name, password } }))}
        onDone={(session) => {
          go("/start/hardware", { replace: true });
          begin(session);
        }}
      />
    </GateFrame>
  );
}
