import { useConnection } from "../events";
import styles from "./shell.module.css";

/** While the node does not answer: says so, and what to do. */
export function ConnectionBanner() {
  const connection = useConnection();
  return (
    <div role="status">
      {connection === "lost" && (
        <p className={styles.banner}>
          The node does not answer. If it was stopped, start it on its machine with{" "}
          <code>b3iq-host serve</code>. This page goes on by itself.
        </p>
      )}
    </div>
  );
}
