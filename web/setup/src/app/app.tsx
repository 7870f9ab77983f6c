import { pageToken } from "@b3iq/shared/api/page_token.ts";
import { lazy, Suspense } from "react";
import { Redirect, useLocation } from "wouter";
import { PageFault } from "./page_fault";
import { roleAllows, useSession } from "./session";
import { Starting } from "./starting";

const loadShell = () => import("./shell");
const loadGate = () => import("./gate");
const Shell = lazy(loadShell);
const Gate = lazy(loadGate);
const Start = lazy(() => import("../pages/start"));

// What is most likely shown is fetched while the node is asked who is here.
(pageToken() ? loadShell : loadGate)();

export function App() {
  const { session } = useSession();
  const [at] = useLocation();
  if (session.state === "starting") return <Starting />;
  return (
    <PageFault at={at}>
      <Suspense fallback={<Starting />}>
        {session.state !== "in" ? (
          <Gate />
        ) : at !== "/start" ? (
          <Shell />
        ) : roleAllows(session.user.role, "operator") ? (
          <Start />
        ) : (
          <Redirect to="/" replace />
        )}
      </Suspense>
    </PageFault>
  );
}
