import { Checkbox, Radio } from "@mantine/core";
import { useModels } from "../../app/data";
import type { Draft } from "./key_draft";
import styles from "./keys.module.css";

export function ModelChoice({
  draft,
  change,
}: {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
}) {
  const models = useModels();
  const ids = [...new Set(models.data?.map((model) => model.id))];
  return (
    <fieldset className={styles.group}>
      <legend>Models</legend>
      <Radio
        name="models"
        label="All, also those that come later"
        checked={draft.allModels}
        onChange={() => change({ allModels: true })}
      />
      <Radio
        name="models"
        label="Only these"
        checked={!draft.allModels}
        onChange={() => change({ allModels: false })}
      />
      {!draft.allModels && (
        <div className={styles.models}>
          {ids.map((id) => (
            <Checkbox
              key={id}
              label={id}
              checked={draft.models.includes(id)}
              onChange={(event) =>
                change({
                  models: event.currentTarget.checked
                    ? [...draft.models, id]
                    : draft.models.filter((one) => one !== id),
                })
              }
            />
          ))}
          {models.data && ids.length === 0 && <span>This node has no model yet.</span>}
          {models.error && <span role="alert">The node did not say which models it has.</span>}
        </div>
      )}
    </fieldset>
  );
}
