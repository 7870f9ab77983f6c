// Short messages after an act ("Key revoked"), shown for a while and read out by screen readers.
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import styles from "./notices.module.css";

type Notify = (text: string) => void;

const NoticeContext = createContext<Notify>(() => {});
const kShownMs = 6000;

export function NoticeProvider({ children }: { children: ReactNode }) {
  const [notices, setNotices] = useState<{ id: number; text: string }[]>([]);
  const notify = useCallback<Notify>((text) => {
    const id = Date.now() + Math.random();
    setNotices((all) => [...all.slice(-2), { id, text }]);
    setTimeout(() => setNotices((all) => all.filter((notice) => notice.id !== id)), kShownMs);
  }, []);
  const value = useMemo(() => notify, [notify]);
  return (
    <NoticeContext value={value}>
      {children}
      <div className={styles.stack} role="status" aria-live="polite">
        {notices.map((notice) => (
          <p key={notice.id} className={styles.notice}>
            {notice.text}
          </p>
        ))}
      </div>
    </NoticeContext>
  );
}

/** `const notify = useNotify(); notify("Key revoked")`. For errors use ErrorNotice: it stays. */
export function useNotify(): Notify {
  return useContext(NoticeContext);
}
