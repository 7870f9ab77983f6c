import { client, ok } from "@b3iq/shared/api/client.ts";
import type { CreatedKey, KeySpec } from "@b3iq/shared/api/types.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { Button, Checkbox, NativeSelect, NumberInput, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import styles from "./step.module.css";

type Scope = NonNullable<KeySpec["scopes"]>[number];

const kScopes: { value: Scope; label: string; about: string }[] = [
  { value: "chat", label: "Chat", about: "ask models, and make embeddings" },
  { value: "models", label: "Models", about: "see which models there are" },
  { value: "receipts", label: "Receipts", about: "read the signed records of its own calls" },
  { value: "metrics", label: "Metrics", about: "read the node's figures" },
];

const kExpiries = [
  { value: "", label: "never" },
  { value: "7d", label: "in a week" },
  { value: "90d", label: "in 90 days" },
  { value: "365d", label: "in a year" },
];

export function KeyForm({ onCreated }: { onCreated: (key: CreatedKey) => void }) {
  const cache = useQueryClient();
  const [name, setName] = useState("my-app");
  const [scopes, setScopes] = useState<Scope[]>(["chat", "models"]);
  const [expires, setExpires] = useState("");
  const [perMinute, setPerMinute] = useState<string | number>("");
  const [tokens, setTokens] = useState<string | number>("");
  const create = useMutation({
    mutationFn: () =>
      ok(
        client.POST("/setup/v1/keys", {
          body: {
            name: name.trim(),
            scopes,
            ...(expires ? { expires } : {}),
            ...(Number(perMinute) > 0 ? { requests_per_minute: Number(perMinute) } : {}),
            ...(Number(tokens) > 0
              ? { budget_tokens: Number(tokens), budget_period: "month" as const }
              : {}),
          },
        }),
      ),
    onSuccess: (key) => {
      onCreated(key);
      cache.invalidateQueries({ queryKey: ["keys"] });
    },
  });
  return (
    <Card>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <ErrorNotice error={create.error} />
        <TextInput
          label="Name"
          description="Which program is it for?"
          required
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Checkbox.Group
          label="What it may do"
          value={scopes}
          onChange={(value) => setScopes(value as Scope[])}
        >
          <div className={styles.scopes}>
            {kScopes.map(({ value, label, about }) => (
              <Checkbox key={value} value={value} label={label} description={about} />
            ))}
          </div>
        </Checkbox.Group>
        <details className={styles.limits}>
          <summary>Limits</summary>
          <div className={styles.form}>
            <NativeSelect
              label="Expires"
              value={expires}
              data={kExpiries}
              onChange={(event) => setExpires(event.currentTarget.value)}
            />
            <div className={styles.pair}>
              <NumberInput
                label="Requests a minute"
                placeholder="no limit"
                min={1}
                hideControls
                value={perMinute}
                onChange={setPerMinute}
              />
              <NumberInput
                label="Tokens a month"
                placeholder="no limit"
                min={1}
                hideControls
                thousandSeparator=","
                value={tokens}
                onChange={setTokens}
              />
            </div>
          </div>
        </details>
        <div>
          <Button type="submit" loading={create.isPending} disabled={scopes.length === 0}>
            Make key
          </Button>
        </div>
      </form>
    </Card>
  );
}
