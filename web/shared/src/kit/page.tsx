import { type ReactNode, useEffect, useRef } from "react";
import { CardHeading } from "./card";
import styles from "./page.module.css";

interface PageProps {
  /** The document's title and the page's h1. */
  title: string;
  /** One line: what this page is for. */
  about?: ReactNode;
  /** Buttons beside the title. */
  actions?: ReactNode;
  children: ReactNode;
}

let firstPage = true;

/** A page: sets the document's title and takes the focus when the page changes. */
export function Page({ title, about, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · B3IQ node`;
  }, [title]);
  useEffect(() => {
    // The first page leaves the focus at the top, where the skip link is.
    if (!firstPage) heading.current?.focus({ preventScroll: true });
    firstPage = false;
    window.scrollTo(0, 0);
  }, []);
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <div className={styles.titles}>
          <h1 ref={heading} tabIndex={-1} className={styles.title}>
            {title}
          </h1>
          {about && <p className={styles.about}>{about}</p>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** A part of a page with a heading of its own. */
export function Section({
  title,
  about,
  actions,
  children,
}: {
  title: string;
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className={styles.section} aria-label={title}>
      <header className={styles.header}>
        <div className={styles.titles}>
          <h2 className={styles.sectionTitle}>{title}</h2>
          {about && <p className={styles.about}>{about}</p>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      <CardHeading value="h3">{children}</CardHeading>
    </section>
  );
}
