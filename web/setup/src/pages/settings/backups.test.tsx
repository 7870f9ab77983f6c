import type { Backup } from "@b3iq/shared/api/types.ts";
import { KitProvider } from "@b3iq/shared/kit/provider.tsx";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { applyEvent } from "../../app/event_cache";
import { queryClient } from "../../app/queries";
import { Backups } from "./backups";

const backup = (more: Partial<Backup>): Backup => ({
  id: "bak_1",
  state: "done",
  created_at: "2026-11-22T15:00:00.000Z",
  bytes: 2048,
  done_bytes: 2048,
  total_bytes: 2048,
  error: null,
  node_id: "node_1",
  has_identity: false,
  ...more,
});
const making = (more: Partial<Backup> = {}) =>
  backup({ id: "bak_2", state: "making", bytes: 0, done_bytes: 0, total_bytes: null, ...more });
const full = { code: "storage_failed", detail: "The disk is full: make room." };

/** The node: what it has, and what it was asked for. */
let kept: Backup[];
let asked: string[];

async function answerOf(request: Request): Promise<Response> {
  const path = new URL(request.url).pathname.replace("/setup/v1", "");
  if (request.method !== "GET") asked.push(`${request.method} ${path}`);
  if (request.method === "DELETE") kept = kept.filter(({ id }) => !path.endsWith(id));
  if (request.method === "POST" && path === "/backups") {
    expect(await request.json()).toEqual({ with_identity: false });
    kept = [making({ id: "bak_9" }), ...kept];
    return Response.json(kept[0], { status: 202 });
  }
  if (path.endsWith("/cancel")) return Response.json(kept[0]);
  return Response.json({ object: "list", data: kept });
}

beforeEach(() => {
  asked = [];
  queryClient.clear();
  vi.stubGlobal("fetch", answerOf);
});
afterEach(() => {
  vi.unstubAllGlobals();
  queryClient.clear();
});

async function show(...backups: Backup[]) {
  kept = backups;
  render(
    <QueryClientProvider client={queryClient}>
      <KitProvider>
        <Backups />
      </KitProvider>
    </QueryClientProvider>,
  );
  await screen.findAllByText(/22 Nov 2026/);
}

const tell = (one: Backup) =>
  applyEvent(queryClient, { event: "backup", data: JSON.stringify(one) });

test("one that is being made moves, can be cancelled, and is in the list only when it is done", async () => {
  await show(making());
  const bar = screen.getByRole("progressbar");
  expect(bar.hasAttribute("value")).toBe(false);
  expect(screen.getByText("Waits until it can begin")).toBeTruthy();
  expect(screen.queryByRole("table")).toBeNull();
  const make = screen.getByRole("button", { name: "Make a backup" });
  expect(make.getAttribute("aria-disabled")).toBe("true");

  tell(making({ done_bytes: 512, total_bytes: 2048 }));
  expect(await screen.findByText("25 %")).toBeTruthy();
  expect(screen.getByText("512 B of 2.0 KiB")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: /^Cancel: Backup of/ }));
  expect(asked).toEqual(["POST /backups/bak_2/cancel"]);
  expect(screen.getByText("Cancelling…")).toBeTruthy();

  kept = [backup({ id: "bak_2" })];
  tell(backup({ id: "bak_2" }));
  expect(await screen.findByRole("button", { name: /^Download the backup/ })).toBeTruthy();
  expect(screen.queryByRole("progressbar")).toBeNull();
  expect(make.getAttribute("aria-disabled")).toBe("false");
});

test("one that failed says why and what to do; the next try takes its place", async () => {
  await show(backup({ id: "bak_3", state: "failed", bytes: 0, error: full }), backup({}));
  expect(screen.getByText(/The disk is full: make room\./)).toBeTruthy();
  expect(screen.getByText("storage_failed")).toBeTruthy();
  expect(screen.getByText("Look at the free space of the node's disk.")).toBeTruthy();
  expect(screen.getAllByRole("button", { name: /^Restore/ })).toHaveLength(1);
  await userEvent.click(screen.getByRole("button", { name: /^Try again/ }));
  expect(await screen.findByRole("progressbar")).toBeTruthy();
  expect(asked).toEqual(["POST /backups", "DELETE /backups/bak_3"]);
  expect(screen.queryByText(/failed/)).toBeNull();
});

test("one that was cancelled is a line that can be removed", async () => {
  await show(backup({ id: "bak_4", state: "cancelled", bytes: 0 }));
  expect(screen.queryByRole("alert")).toBeNull();
  expect(screen.getByText(/cancelled, nothing of it was kept/)).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: /^Remove/ }));
  expect(await screen.findByText("No backups yet")).toBeTruthy();
  expect(asked).toEqual(["DELETE /backups/bak_4"]);
});
