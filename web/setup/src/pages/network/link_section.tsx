import type { Enrollment } from "@b3iq/shared/api/types.ts";
import { Card, Facts } from "@b3iq/shared/kit/card.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Mono } from "@b3iq/shared/kit/text_button.tsx";
import { RelativeTime } from "@b3iq/shared/kit/values.tsx";
import { Button } from "@mantine/core";
import { useState } from "react";
import { useMay } from "../../app/session";
import { LeaveDialog } from "./leave_dialog";
import { clockWords, linkState, noticeWords } from "./link_words";
import styles from "./network.module.css";

/** How the node and its control plane stand to each other. */
export function LinkSection({ enrollment }: { enrollment: Enrollment }) {
  const mayLeave = useMay("owner");
  const [leaving, setLeaving] = useState(false);
  const [tone, words] = linkState(enrollment);
  const plane = enrollment.control_plane;
  const enrolled = enrollment.state !== "not_enrolled";
  return (
    <Section
      title="Control plane"
      actions={
        enrolled &&
        mayLeave && (
          <Button variant="default" onClick={() => setLeaving(true)}>
            Leave
          </Button>
        )
      }
    >
      <Card tone={tone === "bad" ? "bad" : tone === "warn" ? "warn" : "plain"}>
        <StatusDot tone={tone}>{words}</StatusDot>
        <p className={styles.text}>{enrollment.detail}</p>
        {enrollment.error && <p className={styles.text}>{enrollment.error.detail}</p>}
        {enrollment.transport_key?.error && (
          <p className={styles.text}>
            The binding of this node’s transport key could not be renewed, and is tried again:{" "}
            {enrollment.transport_key.error.detail}
          </p>
        )}
        {enrollment.notices.map((notice) => (
          <p key={notice} className={styles.text}>
            {noticeWords(notice)}
          </p>
        ))}
        {plane && (
          <Facts
            rows={[
              ["Address", plane.url],
              ["Its id", <Mono key="id">{plane.id}</Mono>],
              [
                "Last heartbeat",
                enrollment.last_heartbeat_at ? (
                  <RelativeTime key="beat" time={enrollment.last_heartbeat_at} />
                ) : (
                  "none since the node's start"
                ),
              ],
              ["Commands and results on the way", String(enrollment.commands.pending)],
              ...clockRow(enrollment.clock_offset_ms),
            ]}
          />
        )}
      </Card>
      {leaving && <LeaveDialog url={plane?.url ?? "it"} onClose={() => setLeaving(false)} />}
    </Section>
  );
}

function clockRow(offsetMs: number): [string, string][] {
  const words = clockWords(offsetMs);
  return words ? [["This machine's clock", words]] : [];
}
