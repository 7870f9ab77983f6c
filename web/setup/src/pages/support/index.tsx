import { Page } from "@b3iq/shared/kit/page.tsx";
import { BundleSection } from "./bundle_section";
import { DiagnosticsSection } from "./diagnostics_section";
import { GrantsSection } from "./grants_section";

export default function SupportPage() {
  return (
    <Page
      title="Support"
      about="Two ways to let somebody help: a file that you read first and send yourself, or a grant that shows a few facts for a while. Neither holds a prompt, an answer or a secret, and nothing is ever sent by itself."
    >
      <BundleSection />
      <GrantsSection />
      <DiagnosticsSection />
    </Page>
  );
}
