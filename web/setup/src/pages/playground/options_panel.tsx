import { Button, NumberInput, Textarea } from "@mantine/core";
import { chat } from "./chat_store";
import { type ChatOptions, changedOptions, defaultOptions, numberOf } from "./options";
import styles from "./playground.module.css";

/** How answers are made. Changes count from the next message. */
export function OptionsPanel({ options }: { options: ChatOptions }) {
  return (
    <div className={styles.options}>
      <Textarea
        label="System prompt"
        description="Stands before the conversation."
        placeholder="You are a patient teacher…"
        autosize={false}
        rows={4}
        value={options.system}
        onChange={(event) => chat.setOptions({ system: event.currentTarget.value })}
      />
      <NumberInput
        label="Temperature"
        description="0 is steady, 1 and more is bolder."
        placeholder="The model's own"
        min={0}
        max={2}
        step={0.1}
        decimalScale={2}
        value={options.temperature ?? ""}
        onChange={(value) => chat.setOptions({ temperature: numberOf(value) })}
      />
      <NumberInput
        label="Max tokens"
        description="The longest answer. About four letters a token."
        placeholder="No limit of its own"
        min={1}
        max={1_000_000}
        allowDecimal={false}
        value={options.maxTokens ?? ""}
        onChange={(value) => chat.setOptions({ maxTokens: numberOf(value) })}
      />
      <details className={styles.more}>
        <summary>More</summary>
        <div className={styles.options}>
          <NumberInput
            label="Top p"
            description="Only the likeliest words, up to this share."
            placeholder="The model's own"
            min={0}
            max={1}
            step={0.05}
            decimalScale={2}
            value={options.topP ?? ""}
            onChange={(value) => chat.setOptions({ topP: numberOf(value) })}
          />
          <NumberInput
            label="Seed"
            description="The same seed, the same dice."
            placeholder="By chance"
            min={0}
            allowDecimal={false}
            value={options.seed ?? ""}
            onChange={(value) => chat.setOptions({ seed: numberOf(value) })}
          />
        </div>
      </details>
      {changedOptions(options) > 0 && (
        <Button variant="default" size="xs" onClick={() => chat.setOptions(defaultOptions)}>
          Back to the defaults
        </Button>
      )}
    </div>
  );
}
