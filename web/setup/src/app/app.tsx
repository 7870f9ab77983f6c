import { lazy, Suspense } from "react";
import { useSession } from "./session";
import { Starting } from "./starting";

const Shell = lazy(() => import("./shell"));
const Gate = lazy(() => import("./gate"));

export function App() {
  const { session } = useSession();
  if (session.state === "starting") return <Starting />;
  return (
    <Suspense fallback={<Starting />}>{session.state === "in" ? <Shell /> : <Gate />}</Suspense>
  );
}
