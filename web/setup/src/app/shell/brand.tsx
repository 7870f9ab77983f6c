import styles from "./shell.module.css";

/** The word mark. */
export function Brand() {
  return (
    <p className={styles.brand}>
      <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
        <rect width="32" height="32" rx="7" className={styles.markField} />
        <path d="M9 23V9h8.2a3.6 3.6 0 0 1 1.6 6.8A3.8 3.8 0 0 1 17.6 23ZM9 16h9" />
        <circle cx="24.5" cy="22" r="2.2" />
      </svg>
      <span>B3IQ</span>
      <span className={styles.brandNode}>node</span>
    </p>
  );
}
