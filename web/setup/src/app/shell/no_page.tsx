import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { Page } from "@b3iq/shared/kit/page.tsx";
import { Link } from "wouter";
import type { PageRoute } from "../routes";
import { useUser } from "../session";

export function NoPage() {
  return (
    <Page title="Not found">
      <EmptyState title="There is no page at this address" action={<Link href="/">Overview</Link>}>
        The address may be mistyped, or the page has moved.
      </EmptyState>
    </Page>
  );
}

export function NotAllowed({ route }: { route: PageRoute }) {
  const { role } = useUser();
  const who = route.least === "owner" ? "the owner" : "the owner and operators";
  return (
    <Page title={route.title}>
      <EmptyState title={`This page is for ${who}`} action={<Link href="/">Overview</Link>}>
        You are logged in as {role}. The owner of this node can change your role.
      </EmptyState>
    </Page>
  );
}
