import { PasswordInput } from "@mantine/core";
import styles from "./new_password.module.css";
import { isTooShort, kLeastBytes, strengthOf } from "./strength";

/** A new password, with a hint at how hard it is to guess. */
export function NewPassword({
  value,
  onChange,
  label = "Password",
  tried = false,
  userName,
}: {
  value: string;
  onChange: (value: string) => void;
  label?: string;
  /** Somebody wanted to send it: what is missing is an error now. */
  tried?: boolean;
  /** Whose it is, for password managers; not where the form asks for the name. */
  userName?: string;
}) {
  const strength = strengthOf(value);
  return (
    <div className={styles.field}>
      {userName && <input type="text" autoComplete="username" value={userName} readOnly hidden />}
      <PasswordInput
        label={label}
        description={`At least ${kLeastBytes} characters. A few words that nobody else would put together are best.`}
        autoComplete="new-password"
        required
        error={tried && isTooShort(value) ? strength.hint : undefined}
        maxLength={1024}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      <div className={styles.bars} data-level={strength.level} aria-hidden="true">
        <span />
        <span />
        <span />
        <span />
      </div>
      <p className={styles.hint} aria-live="polite">
        {strength.hint}
      </p>
    </div>
  );
}
