import { KitProvider } from "@b3iq/shared/kit/provider.tsx";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { PasswordForm } from "./password_form";

function show() {
  const send = vi.fn().mockResolvedValue({});
  render(
    <KitProvider>
      <QueryClientProvider client={new QueryClient()}>
        <PasswordForm withName submit="Claim node" send={send} onDone={() => {}} />
      </QueryClientProvider>
    </KitProvider>,
  );
  return send;
}

test("a password that is too short is not sent; one of eight bytes is", async () => {
  const user = userEvent.setup();
  const send = show();
  await user.type(screen.getByLabelText("Your name"), " Ada ");
  await user.type(screen.getByLabelText("Password"), "äöü");
  await user.click(screen.getByRole("button", { name: "Claim node" }));
  expect(send).not.toHaveBeenCalled();
  expect(screen.getAllByText("Too short: 2 more.").length).toBeGreaterThan(0);
  await user.type(screen.getByLabelText("Password"), "ß");
  await user.click(screen.getByRole("button", { name: "Claim node" }));
  expect(send).toHaveBeenCalledWith("Ada", "äöüß");
});
