import { client, ok } from "@b3iq/shared/api/client.ts";
import type { Restarting, Setting } from "@b3iq/shared/api/types.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { ConfirmDialog, Dialog } from "@b3iq/shared/kit/dialog.tsx";
import { formatDuration } from "@b3iq/shared/kit/formats.ts";
import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { useLiveCalls, useStatus } from "../../app/data";
import { nextAddress } from "./next_address";
import styles from "./settings.module.css";
import { type Health, healthOf, waitForNode } from "./wait_for_node";

const kPollMs = 400;
const kStartMs = 60_000;

async function startedAt(): Promise<string | null> {
  const status = await ok(client.GET("/setup/v1/status")).catch(() => null);
  return status?.started_at ?? null;
}

const texts: Record<Health, string> = {
  ok: "The node was told to start again.",
  draining: "The node ends the calls that run.",
  down: "The node is starting.",
};

/** Covers the page until the node answers again, then loads it anew. */
export function RestartProgress({
  restarting,
  before,
  newAddress,
}: {
  restarting: Restarting;
  /** When the present process was started. */
  before: string | null;
  /** Where the page will be, if not here. */
  newAddress: string | null;
}) {
  const [state, setState] = useState<Health | "back" | "lost">("ok");
  const { drain_ms } = restarting;
  useEffect(() => {
    let shown = true;
    waitForNode({
      health: healthOf,
      startedAt,
      before,
      onState: (now) => shown && setState(now),
      timeoutMs: drain_ms + kStartMs,
      pause: () => new Promise((done) => setTimeout(done, kPollMs)),
      now: () => performance.now(),
    }).then((back) => {
      if (!shown) return;
      setState(back ? "back" : "lost");
      if (back) location.reload();
    });
    return () => {
      shown = false;
    };
  }, [drain_ms, before]);
  return (
    <Dialog open onClose={() => {}} dismissable={false} title="Starting again">
      {state === "lost" ? (
        <Lost newAddress={newAddress} />
      ) : (
        <>
          <p role="status">
            {state === "back" ? "The node is back. Loading the page…" : texts[state]}
          </p>
          <progress className={styles.wait} aria-label="Waiting for the node" />
          {(state === "ok" || state === "draining") && (
            <p>Calls that run have {formatDuration(drain_ms)} to end. This page waits.</p>
          )}
        </>
      )}
      {newAddress && state !== "lost" && (
        <p>
          <Moved address={newAddress} />
        </p>
      )}
    </Dialog>
  );
}

function Moved({ address }: { address: string }) {
  return (
    <>
      From now on this page is at <a href={address}>{address}</a>. It may ask you to log in anew.
    </>
  );
}

function Lost({ newAddress }: { newAddress: string | null }) {
  return (
    <>
      {newAddress && (
        <p role="alert">
          <Moved address={newAddress} />
        </p>
      )}
      <p role={newAddress ? undefined : "alert"}>
        {newAddress ? "Nothing there either? " : ""}The node has not come back. Look on its machine
        with <code>b3iq-host doctor</code> and <code>b3iq-host logs</code>; they name what keeps it
        from starting.
      </p>
      <div>
        <Button onClick={() => location.reload()}>Try again</Button>
      </div>
    </>
  );
}

export function RestartNotice({ pending }: { pending: Setting[] }) {
  const status = useStatus();
  const calls = useLiveCalls().data?.length ?? 0;
  const [asking, setAsking] = useState(false);
  const [restarting, setRestarting] = useState<Restarting | null>(null);
  const restart = async () => {
    setRestarting(await ok(client.POST("/setup/v1/restart", { body: {} })));
  };
  const newAddress = nextAddress(pending, location);
  const names = pending.map((setting) => setting.name).join(", ");
  return (
    <>
      <Card tone={pending.length > 0 ? "warn" : "plain"}>
        <div className={styles.banner}>
          <p>
            {pending.length > 0 ? (
              <>
                {pending.length === 1 ? "One setting waits" : `${pending.length} settings wait`} for
                a restart: <code>{names}</code>.
              </>
            ) : (
              "A restart ends the calls that run, and starts the node again."
            )}
          </p>
          <Button
            variant={pending.length > 0 ? "filled" : "default"}
            onClick={() => setAsking(true)}
          >
            {pending.length > 0 ? "Restart to apply…" : "Restart…"}
          </Button>
        </div>
      </Card>
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        title="Restart the node?"
        confirm="Restart now"
        onConfirm={restart}
      >
        <p>
          {calls === 0
            ? "No call runs now."
            : `${calls} ${calls === 1 ? "call runs" : "calls run"} now: each may end first, but not for ever.`}{" "}
          New calls are refused for some seconds. Models are loaded again when they are needed.
        </p>
        {newAddress ? (
          <p>
            The page is then at <code>{newAddress}</code>, and may ask you to log in anew.
          </p>
        ) : (
          <p>You stay logged in. The page comes back by itself.</p>
        )}
      </ConfirmDialog>
      {restarting && (
        <RestartProgress
          restarting={restarting}
          before={status.data?.started_at ?? null}
          newAddress={newAddress}
        />
      )}
    </>
  );
}
