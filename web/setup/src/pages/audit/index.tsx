import { saveText } from "@b3iq/shared/api/client.ts";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { formatNumber } from "@b3iq/shared/kit/formats.ts";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { Page } from "@b3iq/shared/kit/page.tsx";
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { exportText, kMostEntries } from "./chain";
import { Entries } from "./entries";
import { VerifyChain } from "./verify_chain";

export default function AuditPage() {
  const notify = useNotify();
  const save = useMutation({
    mutationFn: async () => {
      const name = `b3iq-audit-${new Date().toISOString().slice(0, 10)}.jsonl`;
      const { text, whole } = await exportText();
      saveText(text, name);
      const newest = `the newest ${formatNumber(kMostEntries)} entries`;
      notify(whole ? `Saved as ${name}` : `Saved as ${name}: ${newest}; the log is longer`);
    },
  });
  return (
    <Page
      title="Audit"
      about="Who did what to the security of this node: logins, users, keys, support, settings. Nothing here can be edited."
      actions={
        <Button variant="default" loading={save.isPending} onClick={() => save.mutate()}>
          Export all
        </Button>
      }
    >
      <ErrorNotice error={save.error} />
      <VerifyChain />
      <Entries />
    </Page>
  );
}
