import { Button } from "@mantine/core";
import { type ReactNode, useId, useLayoutEffect, useRef, useState } from "react";
import styles from "./dialog.module.css";
import { ErrorNotice } from "./error_notice";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  children: ReactNode;
  /** Buttons at the foot, the main one last. */
  footer?: ReactNode;
  size?: "normal" | "wide";
  /** Escape and the cross close it. Off while something is shown that cannot be seen again. */
  dismissable?: boolean;
}

/** A modal dialog: the browser's own, which keeps the focus inside and gives it back. */
export function Dialog(props: DialogProps) {
  const { open, onClose, title, children, footer, size = "normal", dismissable = true } = props;
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useLayoutEffect(() => {
    const dialog = element.current;
    if (open && dialog && !dialog.open) dialog.showModal();
    return () => dialog?.close();
  }, [open]);
  if (!open) return null;
  return (
    <dialog
      ref={element}
      className={styles.dialog}
      data-size={size}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        if (dismissable) onClose();
      }}
      onClose={() => {
        // Browsers let a second Escape through, whatever the page says to the first.
        if (element.current?.open) return;
        if (dismissable) onClose();
        else element.current?.showModal();
      }}
    >
      <header className={styles.header}>
        <h2 id={titleId} className={styles.title}>
          {title}
        </h2>
        {dismissable && (
          <button type="button" className={styles.cross} onClick={onClose} aria-label="Close">
            ×
          </button>
        )}
      </header>
      <div className={styles.body}>{children}</div>
      {footer && <footer className={styles.footer}>{footer}</footer>}
    </dialog>
  );
}

interface ConfirmProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** What will happen, and whether it can be undone. */
  children: ReactNode;
  /** The act, as a verb: "Revoke key". */
  confirm: string;
  /** Red button. */
  danger?: boolean;
  /** Closes the dialog when it succeeds; a failure is shown inside it. */
  onConfirm: () => Promise<unknown>;
}

export function ConfirmDialog(props: ConfirmProps) {
  const { open, onClose, title, children, confirm, danger = false, onConfirm } = props;
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const close = () => {
    setError(null);
    onClose();
  };
  const act = async () => {
    setBusy(true);
    setError(null);
    try {
      await onConfirm();
      close();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog
      open={open}
      onClose={close}
      title={title}
      footer={
        <>
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button color={danger ? "red" : undefined} loading={busy} onClick={act}>
            {confirm}
          </Button>
        </>
      }
    >
      {children}
      <ErrorNotice error={error} />
    </Dialog>
  );
}
