import { MutationObserver } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { queryClient } from "./queries";

test("what an act was sent and told is dropped with the form that shows it", async () => {
  const act = new MutationObserver(queryClient, {
    mutationFn: async (password: string) => ({ secret: `for ${password}` }),
  });
  const leave = act.subscribe(() => {});
  await act.mutate("hidden");
  expect(queryClient.getMutationCache().getAll()).toHaveLength(1);
  leave();
  await vi.waitFor(() => expect(queryClient.getMutationCache().getAll()).toHaveLength(0));
});
