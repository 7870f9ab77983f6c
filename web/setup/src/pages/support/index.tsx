import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { Page } from "@b3iq/shared/kit/page.tsx";

export default function SupportPage() {
  return (
    <Page title="Support" about="Help for this node.">
      <EmptyState title="This page is not built yet">
        Use the b3iq-host command until then.
      </EmptyState>
    </Page>
  );
}
