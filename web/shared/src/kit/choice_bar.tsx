import type { ReactNode } from "react";
import styles from "./choice_bar.module.css";

/** One of a few, all in sight: a filter or a view. */
export function ChoiceBar<Value extends string>({
  label,
  choices,
  value,
  onChange,
}: {
  /** For screen readers. */
  label: string;
  choices: readonly { value: Value; name: string }[];
  value: Value;
  onChange: (value: Value) => void;
}) {
  return (
    <fieldset className={styles.bar}>
      <legend className="b3-visually-hidden">{label}</legend>
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          aria-pressed={choice.value === value}
          onClick={() => onChange(choice.value)}
        >
          {choice.name}
        </button>
      ))}
    </fieldset>
  );
}

/** Fields and choices above a list. A child with `data-wide` takes the room that is left. */
export function FilterBar({ children }: { children: ReactNode }) {
  return <div className={styles.filters}>{children}</div>;
}
