import { client, ok } from "@b3iq/shared/api/client.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { useLocation } from "wouter";
import { StartFrame } from "../../pages/start/frame";
import { stepPath } from "../../pages/start/steps";
import { useSession } from "../session";
import styles from "./gate.module.css";
import { PasswordForm } from "./password_form";

/** The first step of the first run: the node gets its owner. */
export function Claim() {
  const { begin } = useSession();
  const [, go] = useLocation();
  return (
    <StartFrame
      step="claim"
      leave={false}
      title="Claim this node"
      about="You become its owner: the one who may change everything here. It works once. Name and password stay on this machine."
    >
      <Card>
        <div className={styles.claim}>
          <PasswordForm
            withName
            submit="Claim node"
            send={(name, password) =>
              ok(client.POST("/setup/v1/owner", { body: { name, password } }))
            }
            onDone={(session) => {
              go(stepPath("hardware"), { replace: true });
              begin(session);
            }}
          />
        </div>
      </Card>
    </StartFrame>
  );
}
