import { Icon } from "@b3iq/shared/kit/icons.tsx";
import { type ReactNode, useEffect, useRef } from "react";
import { Link } from "wouter";
import { Brand } from "../../app/shell/brand";
import styles from "./frame.module.css";
import { type StepName, stepPath, steps } from "./steps";

/** The frame of the first run: where one is, one step, and the way on. */
export function StartFrame({
  step,
  title,
  about,
  footer,
  leave = true,
  children,
}: {
  step: StepName;
  title: string;
  about: ReactNode;
  /** The way back and on. */
  footer?: ReactNode;
  /** A way to the dashboard; not before there is an owner. */
  leave?: boolean;
  children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each step takes the focus
  useEffect(() => {
    document.title = `${title} · B3IQ node`;
    if (step !== "claim") heading.current?.focus({ preventScroll: true });
    window.scrollTo(0, 0);
  }, [step]);
  return (
    <div className={styles.start}>
      <header className={styles.top}>
        <Brand />
        {leave && (
          <Link href="/" className={styles.leave}>
            Leave setup
          </Link>
        )}
      </header>
      <StepList current={step} linked={leave} />
      <main className={styles.main}>
        <div>
          <h1 ref={heading} tabIndex={-1} className={styles.title}>
            {title}
          </h1>
          <p className={styles.about}>{about}</p>
        </div>
        {children}
      </main>
      {footer && <footer className={styles.footer}>{footer}</footer>}
    </div>
  );
}

function StepList({ current, linked }: { current: StepName; linked: boolean }) {
  const at = steps.findIndex((step) => step.name === current);
  return (
    <nav aria-label={`Setup, step ${at + 1} of ${steps.length}`} className={styles.steps}>
      <p className={styles.where} aria-hidden="true">
        Step {at + 1} of {steps.length}
      </p>
      <ol>
        {steps.map(({ name, title }, index) => (
          <li
            key={name}
            data-state={index < at ? "done" : index === at ? "now" : "later"}
            aria-current={index === at ? "step" : undefined}
          >
            <span className={styles.mark} aria-hidden="true">
              {index < at ? <Icon name="check" size={14} /> : index + 1}
            </span>
            {linked && index !== at && name !== "claim" ? (
              <Link href={stepPath(name)}>{title}</Link>
            ) : (
              <span>{title}</span>
            )}
            {index < at && <span className="b3-visually-hidden">, behind you</span>}
          </li>
        ))}
      </ol>
    </nav>
  );
}
