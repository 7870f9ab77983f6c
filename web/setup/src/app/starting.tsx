import styles from "./starting.module.css";

/** While the page finds out who is here, or loads. Shown only when it takes a moment. */
export function Starting() {
  return (
    <p className={styles.starting} role="status">
      Loading…
    </p>
  );
}
