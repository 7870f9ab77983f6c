import { type SchemeChoice, useScheme } from "@b3iq/shared/kit/provider.tsx";
import styles from "./shell.module.css";

const kChoices: { value: SchemeChoice; name: string }[] = [
  { value: "light", name: "Light" },
  { value: "dark", name: "Dark" },
  { value: "auto", name: "Auto" },
];

export function ThemeSwitch() {
  const { choice, choose } = useScheme();
  return (
    <fieldset className={styles.themes}>
      <legend className="b3-visually-hidden">Theme</legend>
      {kChoices.map(({ value, name }) => (
        <button
          key={value}
          type="button"
          aria-pressed={choice === value}
          onClick={() => choose(value)}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}
