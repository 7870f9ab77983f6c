import { Page, Section } from "@b3iq/shared/kit/page.tsx";
import { Button } from "@mantine/core";
import { useState } from "react";
import { useSession, useUser } from "../../app/session";
import { PasswordChange } from "./password_change";
import { SessionList } from "./session_list";

const kMay = {
  owner: "You are the owner: you may change everything.",
  operator: "You are an operator: you run models and keys, and chat.",
  viewer: "You are a viewer: you see what the node does.",
};

export default function AccountPage() {
  const user = useUser();
  const { logout } = useSession();
  const [busy, setBusy] = useState(false);
  return (
    <Page
      title="Account"
      about={`${user.name}. ${kMay[user.role]}`}
      actions={
        <Button
          variant="default"
          loading={busy}
          onClick={() => {
            setBusy(true);
            logout();
          }}
        >
          Log out
        </Button>
      }
    >
      <Section title="Password" about="A new one ends your other sessions.">
        <PasswordChange />
      </Section>
      <SessionList />
    </Page>
  );
}
