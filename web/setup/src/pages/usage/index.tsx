import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { Page } from "@b3iq/shared/kit/page.tsx";

export default function UsagePage() {
  return (
    <Page title="Usage" about="Requests and tokens over time.">
      <EmptyState title="This page is not built yet">
        Use the b3iq-host command until then.
      </EmptyState>
    </Page>
  );
}
