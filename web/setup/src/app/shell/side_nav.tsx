import { Icon } from "@b3iq/shared/kit/icons.tsx";
import { Link } from "wouter";
import { groupNames, type PageRoute } from "../routes";
import { useUser } from "../session";
import { Brand } from "./brand";
import styles from "./shell.module.css";
import { ThemeSwitch } from "./theme_switch";

const kGroups = ["use", "run", "access", "trust", "node"] as const;

/** The pages by group; on a phone it stands in the menu. */
export function NavGroups({ routes, onGo }: { routes: PageRoute[]; onGo?: () => void }) {
  return kGroups.map((group) => {
    const pages = routes.filter((route) => route.group === group);
    if (pages.length === 0) return null;
    return (
      <div key={group} className={styles.group}>
        <p className={styles.groupName} id={`nav-${group}`}>
          {groupNames[group]}
        </p>
        <ul aria-labelledby={`nav-${group}`}>
          {pages.map((route) => (
            <li key={route.path}>
              <NavLink route={route} onGo={onGo} />
            </li>
          ))}
        </ul>
      </div>
    );
  });
}

export function NavLink({ route, onGo }: { route: PageRoute; onGo?: () => void }) {
  return (
    <Link
      href={route.path}
      className={(active) => (active ? `${styles.link} ${styles.active}` : (styles.link ?? ""))}
      onClick={onGo}
    >
      <Icon name={route.icon} />
      <span>{route.title}</span>
    </Link>
  );
}

export function SideNav({ routes }: { routes: PageRoute[] }) {
  const user = useUser();
  const account = routes.find((route) => route.path === "/account");
  return (
    <nav className={styles.side} aria-label="Pages">
      <Brand />
      <NavGroups routes={routes} />
      <div className={styles.foot}>
        {account && <NavLink route={{ ...account, title: user.name }} />}
        <ThemeSwitch />
      </div>
    </nav>
  );
}
