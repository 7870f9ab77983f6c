import type { ApiError } from "@b3iq/shared/api/errors.ts";
import { CopyBlock } from "@b3iq/shared/kit/copy_block.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { useSession } from "../session";
import { GateFrame } from "./gate_frame";

const kRetryMs = 5000;

/** The node is stopped, or cannot be reached from here. Looks again by itself. */
export function Unreachable({ error }: { error: ApiError }) {
  const { retry } = useSession();
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") retry();
    }, kRetryMs);
    return () => clearInterval(timer);
  }, [retry]);
  return (
    <GateFrame
      title="The node does not answer"
      about="This page goes on by itself when the node is back."
    >
      {!error.unreachable && <ErrorNotice error={error} />}
      <CopyBlock label="Start it on its machine" text="b3iq-host serve" />
      <Button
        variant="default"
        loading={busy}
        onClick={async () => {
          setBusy(true);
          await retry();
          setBusy(false);
        }}
      >
        Try again
      </Button>
    </GateFrame>
  );
}
