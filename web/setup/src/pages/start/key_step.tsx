import type { CreatedKey } from "@b3iq/shared/api/types.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { SecretValue } from "@b3iq/shared/kit/secret_once.tsx";
import { Checkbox } from "@mantine/core";
import { useState } from "react";
import { useSearch } from "wouter";
import { useKeys } from "../../app/data";
import { StartFrame } from "./frame";
import { KeyForm } from "./key_form";
import { Way } from "./way";

export default function KeyStep() {
  const keys = useKeys().data ?? [];
  const active = keys.filter((key) => key.status === "active");
  const model = new URLSearchParams(useSearch()).get("model");
  // The secret lives here and goes with this step.
  const [created, setCreated] = useState<CreatedKey | null>(null);
  const [kept, setKept] = useState(false);
  return (
    <StartFrame
      step="key"
      title="Make a key"
      about="Programs show a key to use this node. Give each program its own: then you see who uses what, and can take one back without the others."
      footer={
        <Way
          from="key"
          ready={created ? kept : active.length > 0}
          skip={!created}
          keep={model ? `&model=${encodeURIComponent(model)}` : ""}
        />
      }
    >
      {created ? (
        <Card title={`Key for ${created.name}`}>
          <SecretValue
            secret={created.secret}
            label="Copy it or save it now. The node keeps only its fingerprint and cannot show it again."
            fileName={`b3iq-key-${created.name.replace(/[^\w-]+/g, "-")}.txt`}
          />
          <Checkbox
            label="I have put it somewhere safe"
            checked={kept}
            onChange={(event) => setKept(event.currentTarget.checked)}
          />
        </Card>
      ) : (
        <>
          {active.length > 0 && (
            <p>
              This node has {active.length === 1 ? "one key" : `${active.length} keys`} already:{" "}
              {active.map((key) => key.name).join(", ")}. You can go on, or make another.
            </p>
          )}
          <KeyForm onCreated={setCreated} />
        </>
      )}
    </StartFrame>
  );
}
