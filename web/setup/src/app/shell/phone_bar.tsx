import { Dialog } from "@b3iq/shared/kit/dialog.tsx";
import { Icon } from "@b3iq/shared/kit/icons.tsx";
import { useState } from "react";
import { Link } from "wouter";
import type { PageRoute } from "../routes";
import styles from "./shell.module.css";
import { NavGroups, NavLink } from "./side_nav";
import { ThemeSwitch } from "./theme_switch";

/** The bar at the bottom of a phone: the pages that are wanted most, and a menu of all. */
export function PhoneBar({ routes }: { routes: PageRoute[] }) {
  const [open, setOpen] = useState(false);
  const account = routes.find((route) => route.path === "/account");
  const close = () => setOpen(false);
  return (
    <>
      <nav className={styles.phone} aria-label="Main pages">
        {routes
          .filter((route) => route.onPhone)
          .map((route) => (
            <Link
              key={route.path}
              href={route.path}
              className={(active) => (active ? (styles.active ?? "") : "")}
            >
              <Icon name={route.icon} />
              <span>{route.title}</span>
            </Link>
          ))}
        <button type="button" aria-haspopup="dialog" onClick={() => setOpen(true)}>
          <Icon name="menu" />
          <span>More</span>
        </button>
      </nav>
      <Dialog open={open} onClose={close} title="All pages">
        <nav aria-label="All pages" className={styles.menu}>
          <NavGroups routes={routes} onGo={close} />
          {account && <NavLink route={account} onGo={close} />}
          <ThemeSwitch />
        </nav>
      </Dialog>
    </>
  );
}
