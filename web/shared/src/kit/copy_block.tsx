import { type ReactNode, useState } from "react";
import styles from "./copy_block.module.css";

/** Puts text on the clipboard; false where the browser does not allow it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** A button that copies, and says that it did. */
export function CopyButton({
  text,
  label = "Copy",
  of,
}: {
  text: string;
  label?: string;
  /** What is copied, for those who hear the button without what stands around it. */
  of?: string;
}) {
  const [said, setSaid] = useState<string | null>(null);
  const copy = async () => {
    setSaid((await copyText(text)) ? "Copied" : "Select and copy it by hand");
    setTimeout(() => setSaid(null), 3000);
  };
  return (
    <button type="button" className={styles.copy} onClick={copy}>
      <span aria-live="polite">{said ?? label}</span>
      {of && !said && <span className="b3-visually-hidden">: {of}</span>}
    </button>
  );
}

/** Text to take along: a command, a snippet, an address. */
export function CopyBlock({
  text,
  label,
  children,
}: {
  text: string;
  /** What it is, for screen readers and above the block. */
  label: string;
  /** Shown instead of the text. */
  children?: ReactNode;
}) {
  return (
    <figure className={styles.block}>
      <figcaption className={styles.caption}>
        <span>{label}</span>
        <CopyButton text={text} of={label} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, with the keyboard too */}
      <section className={styles.text} aria-label={label} tabIndex={0}>
        <pre>{children ?? text}</pre>
      </section>
    </figure>
  );
}
