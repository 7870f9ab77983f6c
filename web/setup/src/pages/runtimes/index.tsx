import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { Page } from "@b3iq/shared/kit/page.tsx";

export default function RuntimesPage() {
  return (
    <Page title="Runtimes" about="What runs the models.">
      <EmptyState title="This page is not built yet">
        Use the b3iq-host command until then.
      </EmptyState>
    </Page>
  );
}
