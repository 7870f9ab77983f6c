import { Card, Facts } from "@b3iq/shared/kit/card.tsx";
import { ChoiceBar } from "@b3iq/shared/kit/choice_bar.tsx";
import { CopyButton } from "@b3iq/shared/kit/copy_block.tsx";
import { formatTime } from "@b3iq/shared/kit/formats.ts";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { useScheme } from "@b3iq/shared/kit/provider.tsx";
import { Mono } from "@b3iq/shared/kit/text_button.tsx";
import { Link } from "wouter";
import { useEnrollment, useStatus } from "../../app/data";
import { RestartNotice } from "./restart";
import styles from "./settings.module.css";

export function NodeView() {
  return (
    <>
      <Identity />
      <Enrollment />
      <Appearance />
      <Section title="Restart">
        <RestartNotice pending={[]} />
      </Section>
    </>
  );
}

function Copied({ text }: { text: string }) {
  return (
    <span className={styles.value}>
      <Mono>{text}</Mono>
      <CopyButton text={text} />
    </span>
  );
}

function Identity() {
  const status = useStatus();
  return (
    <Section
      title="Identity"
      about="What this node signs with. Give the public key to whoever should check its receipts; the private one never leaves the machine."
    >
      <Loaded query={status}>
        {(node) => (
          <Card>
            <Facts
              rows={[
                ["Node id", <Copied key="id" text={node.node_id} />],
                ["Public key (Ed25519)", <Copied key="key" text={node.public_key_ed25519} />],
                ["Version", node.version],
                ["Address", node.url ?? null],
                ["Folder", <Mono key="home">{node.home}</Mono>],
                ["Running since", node.started_at ? formatTime(node.started_at) : null],
              ]}
            />
          </Card>
        )}
      </Loaded>
    </Section>
  );
}

function Enrollment() {
  const enrollment = useEnrollment();
  return (
    <Section title="Network" about="Whether this node works for a control plane.">
      <Loaded query={enrollment}>
        {(found) => (
          <Card>
            <div>{found.detail}</div>
            <div>
              <Link href="/network">Control plane, commands and readiness</Link>
            </div>
          </Card>
        )}
      </Loaded>
    </Section>
  );
}

const kSchemes = [
  { value: "auto", name: "As the system" },
  { value: "light", name: "Light" },
  { value: "dark", name: "Dark" },
] as const;

function Appearance() {
  const { choice, choose } = useScheme();
  return (
    <Section title="Appearance" about="Kept in this browser.">
      <div>
        <ChoiceBar label="Theme" choices={kSchemes} value={choice} onChange={choose} />
      </div>
    </Section>
  );
}
