// Every page: its address, its place in the navigation, and who may see it.

import type { Role } from "@b3iq/shared/api/types.ts";
import type { IconName } from "@b3iq/shared/kit/icons.tsx";
import { type ComponentType, type LazyExoticComponent, lazy } from "react";

export interface PageRoute {
  path: string;
  title: string;
  icon: IconName;
  group: "use" | "run" | "access" | "trust" | "node" | "none";
  least: Role;
  /** In the bar at the bottom of a phone. */
  onPhone?: boolean;
  page: LazyExoticComponent<ComponentType>;
}

export const groupNames: Record<PageRoute["group"], string> = {
  use: "Use",
  run: "Run",
  access: "Access",
  trust: "Trust",
  node: "Node",
  none: "",
};

export const routes: PageRoute[] = [
  {
    path: "/",
    title: "Overview",
    icon: "overview",
    group: "use",
    least: "viewer",
    onPhone: true,
    page: lazy(() => import("../pages/overview")),
  },
  {
    path: "/playground",
    title: "Playground",
    icon: "chat",
    group: "use",
    least: "operator",
    onPhone: true,
    page: lazy(() => import("../pages/playground")),
  },
  {
    path: "/models",
    title: "Models",
    icon: "models",
    group: "run",
    least: "viewer",
    onPhone: true,
    page: lazy(() => import("../pages/models")),
  },
  {
    path: "/runtimes",
    title: "Runtimes",
    icon: "runtimes",
    group: "run",
    least: "viewer",
    page: lazy(() => import("../pages/runtimes")),
  },
  {
    path: "/requests",
    title: "Requests",
    icon: "requests",
    group: "run",
    least: "viewer",
    page: lazy(() => import("../pages/requests")),
  },
  {
    path: "/usage",
    title: "Usage",
    icon: "usage",
    group: "run",
    least: "viewer",
    page: lazy(() => import("../pages/usage")),
  },
  {
    path: "/keys",
    title: "Keys",
    icon: "key",
    group: "access",
    least: "viewer",
    onPhone: true,
    page: lazy(() => import("../pages/keys")),
  },
  {
    path: "/users",
    title: "Users",
    icon: "users",
    group: "access",
    least: "owner",
    page: lazy(() => import("../pages/users")),
  },
  {
    path: "/receipts",
    title: "Receipts",
    icon: "receipt",
    group: "trust",
    least: "viewer",
    page: lazy(() => import("../pages/receipts")),
  },
  {
    path: "/audit",
    title: "Audit",
    icon: "audit",
    group: "trust",
    least: "owner",
    page: lazy(() => import("../pages/audit")),
  },
  {
    path: "/network",
    title: "Network",
    icon: "network",
    group: "node",
    least: "viewer",
    page: lazy(() => import("../pages/network")),
  },
  {
    path: "/support",
    title: "Support",
    icon: "support",
    group: "node",
    least: "owner",
    page: lazy(() => import("../pages/support")),
  },
  {
    path: "/settings",
    title: "Settings",
    icon: "settings",
    group: "node",
    least: "owner",
    page: lazy(() => import("../pages/settings")),
  },
  {
    path: "/account",
    title: "Account",
    icon: "account",
    group: "none",
    least: "viewer",
    page: lazy(() => import("../pages/account")),
  },
];
