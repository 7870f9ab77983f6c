// The frame around every page of a signed-in user.
import { Suspense, useRef } from "react";
import { Route, Switch, useLocation } from "wouter";
import { useNodeEvents } from "../events";
import { useJobNotices } from "../job_notices";
import { PageFault } from "../page_fault";
import { type PageRoute, routes } from "../routes";
import { roleAllows, useUser } from "../session";
import { Starting } from "../starting";
import { ConnectionBanner } from "./connection_banner";
import { NoPage, NotAllowed } from "./no_page";
import { PhoneBar } from "./phone_bar";
import styles from "./shell.module.css";
import { SideNav } from "./side_nav";

export default function Shell() {
  useNodeEvents();
  useJobNotices();
  const user = useUser();
  const [location] = useLocation();
  const main = useRef<HTMLElement>(null);
  const allowed = (route: PageRoute) => roleAllows(user.role, route.least);
  const shown = routes.filter(allowed);
  return (
    <div className={styles.shell}>
      <button type="button" className={styles.skip} onClick={() => main.current?.focus()}>
        Skip to the page
      </button>
      <SideNav routes={shown} />
      <main ref={main} id="main" tabIndex={-1} className={styles.main}>
        <ConnectionBanner />
        <PageFault at={location}>
          <Suspense fallback={<Starting />}>
            <Switch>
              {routes.map((route) => (
                <Route key={route.path} path={route.path}>
                  {allowed(route) ? <route.page /> : <NotAllowed route={route} />}
                </Route>
              ))}
              <Route>
                <NoPage />
              </Route>
            </Switch>
          </Suspense>
        </PageFault>
      </main>
      <PhoneBar routes={shown} />
    </div>
  );
}
