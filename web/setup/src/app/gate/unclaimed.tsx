import type { ApiError } from "@b3iq/shared/api/errors.ts";
import { CopyBlock } from "@b3iq/shared/kit/copy_block.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { Button } from "@mantine/core";
import { useSession } from "../session";
import { GateFrame } from "./gate_frame";

export function Unclaimed({ tokenError }: { tokenError: ApiError | null }) {
  const { retry } = useSession();
  return (
    <GateFrame
      title="This node has no owner yet"
      about="Whoever can run commands on its machine can claim it. This command prints the address to open:"
    >
      <ErrorNotice error={tokenError} />
      <CopyBlock label="On the node's machine" text="b3iq-host wizard url --with-token" />
      <Button variant="default" onClick={retry}>
        Look again
      </Button>
    </GateFrame>
  );
}
