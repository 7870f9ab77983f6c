import { type ReactNode, useEffect } from "react";
import { Brand } from "../shell/brand";
import styles from "./gate.module.css";

/** The narrow page around a form of somebody without a session. */
export function GateFrame({
  title,
  about,
  children,
}: {
  title: string;
  about?: ReactNode;
  children: ReactNode;
}) {
  useEffect(() => {
    document.title = `${title} · B3IQ node`;
  }, [title]);
  return (
    <main className={styles.gate}>
      <Brand />
      <div className={styles.card}>
        <h1 className={styles.title}>{title}</h1>
        {about && <p className={styles.about}>{about}</p>}
        {children}
      </div>
    </main>
  );
}
