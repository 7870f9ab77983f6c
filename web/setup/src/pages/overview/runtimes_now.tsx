import type { Runtime } from "@b3iq/shared/api/types.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { Loading } from "@b3iq/shared/kit/loading.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Link } from "wouter";
import { runtimeTitle, runtimeTone } from "../../parts/runtime_words";
import styles from "./overview.module.css";

export function RuntimesNow({ runtimes }: { runtimes: Runtime[] | undefined }) {
  if (!runtimes) return <Loading />;
  return (
    <Card>
      <ul className={styles.runtimes}>
        {runtimes.map((runtime) => {
          const [tone, words] = runtimeTone(runtime);
          return (
            <li key={runtime.id}>
              <span className={styles.runtime}>
                <strong>{runtimeTitle(runtime)}</strong>
                <span className={styles.quiet}>{loadOf(runtime)}</span>
              </span>
              <StatusDot tone={tone}>{words}</StatusDot>
            </li>
          );
        })}
      </ul>
      <Link href="/runtimes" className={styles.link}>
        All about runtimes
      </Link>
    </Card>
  );
}

function loadOf(runtime: Runtime): string {
  const models = runtime.models.length;
  const parts = [
    models === 1 ? runtime.models[0] : models === 0 ? "no model yet" : `${models} models`,
  ];
  if (runtime.calls_running > 0) parts.push(`${runtime.calls_running} running`);
  if (runtime.calls_waiting > 0) parts.push(`${runtime.calls_waiting} waiting`);
  return parts.join(" · ");
}
