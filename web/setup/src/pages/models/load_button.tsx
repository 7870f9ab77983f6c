import { asApiError } from "@b3iq/shared/api/errors.ts";
import { ConfirmDialog, Dialog } from "@b3iq/shared/kit/dialog.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { formatBytes } from "@b3iq/shared/kit/formats.ts";
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { ModelRow } from "./merged_models";
import { useModelActs } from "./use_model_acts";

/** Takes a model into memory, or out of it. */
export function LoadButton({ row }: { row: ModelRow }) {
  const acts = useModelActs();
  const [asking, setAsking] = useState(false);
  const load = useMutation({ mutationFn: () => acts.load(row.id) });
  const loading = load.isPending || row.installed?.state === "loading";
  if (row.loaded) {
    return (
      <>
        <Button
          size="xs"
          variant="default"
          aria-label={`Unload ${row.id}`}
          onClick={() => setAsking(true)}
        >
          Unload
        </Button>
        <ConfirmDialog
          open={asking}
          onClose={() => setAsking(false)}
          title={`Unload ${row.id}?`}
          confirm="Unload"
          onConfirm={() => acts.unload(row.id)}
        >
          <p>
            {row.memoryBytes !== null && `This frees ${formatBytes(row.memoryBytes)} of memory. `}
            The file stays. The next call to this model loads it again and waits for that.
          </p>
          {row.calls.length > 0 && (
            <p>
              {row.calls.length === 1 ? "A call runs" : `${row.calls.length} calls run`} on it now,
              so the node will refuse until that has ended.
            </p>
          )}
        </ConfirmDialog>
      </>
    );
  }
  return (
    <>
      <Button
        size="xs"
        variant="default"
        aria-label={`Load ${row.id}`}
        loading={loading}
        onClick={() => load.mutate()}
      >
        Load
      </Button>
      <Dialog
        open={load.isError}
        onClose={() => load.reset()}
        title={`${row.id} was not loaded`}
        footer={<Button onClick={() => load.reset()}>Close</Button>}
      >
        <ErrorNotice error={load.error && asApiError(load.error)} />
      </Dialog>
    </>
  );
}
