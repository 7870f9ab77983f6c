import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { Page } from "@b3iq/shared/kit/page.tsx";

export default function SettingsPage() {
  return (
    <Page title="Settings" about="How this node is set up.">
      <EmptyState title="This page is not built yet">
        Use the b3iq-host command until then.
      </EmptyState>
    </Page>
  );
}
