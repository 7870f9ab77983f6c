import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { ApiError } from "../api/errors";
import { ConfirmDialog } from "./dialog";
import { KitProvider } from "./provider";

function show(onConfirm: () => Promise<unknown>, onClose = vi.fn()) {
  render(
    <KitProvider>
      <ConfirmDialog open title="Revoke?" confirm="Revoke" onConfirm={onConfirm} onClose={onClose}>
        It cannot be undone.
      </ConfirmDialog>
    </KitProvider>,
  );
  return onClose;
}

test("an act that succeeds closes the dialog", async () => {
  const onClose = show(() => Promise.resolve());
  await userEvent.click(screen.getByRole("button", { name: "Revoke" }));
  expect(onClose).toHaveBeenCalledOnce();
});

test("an act that fails is told inside the dialog, with its code", async () => {
  const error = new ApiError({
    status: 409,
    code: "conflict",
    title: "The state does not allow this",
    detail: "A call runs on it: wait until it has ended.",
    requestId: null,
    retryAfter: null,
    param: null,
  });
  const onClose = show(() => Promise.reject(error));
  await userEvent.click(screen.getByRole("button", { name: "Revoke" }));
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("A call runs on it");
  expect(alert.textContent).toContain("conflict");
  expect(onClose).not.toHaveBeenCalled();
});
