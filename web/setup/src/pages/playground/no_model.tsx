import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { Button } from "@mantine/core";
import { Link } from "wouter";

export function NoModel() {
  return (
    <EmptyState
      title="No model to talk to"
      action={
        <Button component={Link} href="/models?tab=catalogue">
          Choose a model
        </Button>
      }
    >
      None of this node's models answers chats now. Install one, or look at Runtimes if one should
      be there.
    </EmptyState>
  );
}
