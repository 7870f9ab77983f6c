import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { Page } from "@b3iq/shared/kit/page.tsx";
import { useEnrollment } from "../../app/data";
import { useMay } from "../../app/session";
import { BlockerSection } from "./blocker_section";
import { CommandSection } from "./command_section";
import { EnrollForm } from "./enroll_form";
import { LinkSection } from "./link_section";

export default function NetworkPage() {
  const enrollment = useEnrollment();
  const mayEnroll = useMay("owner");
  return (
    <Page
      title="Network"
      about="Whether this node works for a control plane. Without one it serves you alone, and needs no account anywhere; with one it serves you as before."
    >
      <Loaded query={enrollment}>
        {(found) => (
          <>
            <LinkSection enrollment={found} />
            {found.state === "not_enrolled" && mayEnroll && <EnrollForm />}
            {found.state !== "not_enrolled" && (
              <>
                <CommandSection commands={found.commands} />
                <BlockerSection enrollment={found} />
              </>
            )}
          </>
        )}
      </Loaded>
    </Page>
  );
}
