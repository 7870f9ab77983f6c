import { lazy, Suspense } from "react";
import { Redirect, useLocation } from "wouter";
import { PageFault } from "./page_fault";
import { roleAllows, useSession } from "./session";
import { Starting } from "./starting";

const Shell = lazy(() => import("./shell"));
const Gate = lazy(() => import("./gate"));
const Start = lazy(() => import("../pages/start"));

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
