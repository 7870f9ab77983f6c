import { client, ok } from "@b3iq/shared/api/client.ts";
import { Card, Facts } from "@b3iq/shared/kit/card.tsx";
import { CopyButton } from "@b3iq/shared/kit/copy_block.tsx";
import { formatDuration, formatNumber, formatTime } from "@b3iq/shared/kit/formats.ts";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { useQuery } from "@tanstack/react-query";
import styles from "./support.module.css";

/** Exactly what a grant opens, from the route that it opens. */
export function DiagnosticsSection() {
  const diagnostics = useQuery({
    queryKey: ["diagnostics"],
    queryFn: ({ signal }) => ok(client.GET("/setup/v1/diagnostics", { signal })),
  });
  return (
    <Section
      title="What a grant shows"
      about="All of it. No prompt, answer, path, address, error text, or name that you chose."
    >
      <Loaded query={diagnostics}>
        {(facts) => {
          const text = JSON.stringify(facts, null, 2);
          return (
            <Card>
              <Facts
                rows={[
                  ["Version", facts.version],
                  ["Node", <code key="node">{facts.node_id}</code>],
                  ["Up for", formatDuration(facts.uptime_seconds * 1000)],
                  ["Has an owner", facts.claimed ? "yes" : "no"],
                  [
                    "Runtimes",
                    facts.runtimes.map((one) => `${one.kind} ${one.state}`).join(", ") || "none",
                  ],
                  ["Models", formatNumber(facts.models)],
                  [
                    "Keys",
                    `${formatNumber(facts.keys)}, ${formatNumber(facts.active_keys)} active`,
                  ],
                  ["Receipts since it started", formatNumber(facts.receipts_since_start)],
                  ["At", formatTime(facts.at)],
                ]}
              />
              <details className={styles.more}>
                <summary>As the helper gets it</summary>
                <div className={styles.raw}>
                  <CopyButton text={text} />
                  <pre>{text}</pre>
                </div>
              </details>
            </Card>
          );
        }}
      </Loaded>
    </Section>
  );
}
