import type { Enrollment } from "@b3iq/shared/api/types.ts";
import { KitProvider } from "@b3iq/shared/kit/provider.tsx";
import { QueryClientProvider } from "@tanstack/react-query";
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { applyEvent } from "../../app/event_cache";
import { queryClient } from "../../app/queries";
import { CommandSection } from "./command_section";
import { EnrollForm } from "./enroll_form";
import { LeaveDialog } from "./leave_dialog";

const kToken = "b3iq_enroll_secret";

/** What the node was sent, and what it answers next. */
let sent: { method: string; body: unknown }[];
let answer: () => Response;

beforeEach(() => {
  sent = [];
  queryClient.clear();
  vi.stubGlobal("fetch", async (request: Request) => {
    const text = await request.text();
    sent.push({ method: request.method, body: text ? JSON.parse(text) : null });
    return answer();
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  queryClient.clear();
});

function show(part: React.ReactNode) {
  render(
    <QueryClientProvider client={queryClient}>
      <KitProvider>{part}</KitProvider>
    </QueryClientProvider>,
  );
}

async function fill() {
  await userEvent.type(screen.getByLabelText(/Address of the control plane/), "https://c.example");
  await userEvent.type(screen.getByLabelText(/Enrollment token/), kToken);
}

test("the token is sent once and gone from the page, also when it was refused", async () => {
  answer = () =>
    Response.json(
      {
        error: { status: 401, title: "No", code: "enrollment_token_invalid", detail: "Ask again." },
      },
      { status: 401 },
    );
  show(<EnrollForm />);
  const button = screen.getByRole("button", { name: "Enroll this node" });
  expect(button.hasAttribute("disabled")).toBe(true);
  await fill();
  await userEvent.click(screen.getByLabelText("Install models of the catalogue"));
  await userEvent.click(button);
  await screen.findByText(/Ask again/);
  expect(sent).toEqual([
    {
      method: "POST",
      body: {
        control_plane_url: "https://c.example",
        enrollment_token: kToken,
        allow: ["model_install"],
      },
    },
  ]);
  expect((screen.getByLabelText(/Enrollment token/) as HTMLInputElement).value).toBe("");
  expect(JSON.stringify(queryClient.getMutationCache().getAll())).not.toContain(kToken);
});

test("leaving asks first, and says when nobody could be told", async () => {
  answer = () => Response.json({ object: "departure", told: false, error: null });
  const close = vi.fn();
  show(<LeaveDialog url="https://c.example" onClose={close} />);
  expect(sent).toEqual([]);
  await userEvent.click(screen.getByRole("button", { name: "Leave it" }));
  await vi.waitFor(() => expect(close).toHaveBeenCalled());
  expect(sent[0]?.method).toBe("DELETE");
});

test("what runs is shown with its phase", () => {
  show(
    <CommandSection
      commands={{
        allowed: ["benchmark_smoke"],
        pending: 1,
        running: [{ id: "cmd_1", kind: "model_install", phase: "downloading", done: 1, total: 4 }],
      }}
    />,
  );
  expect(screen.getByText("benchmark_smoke")).toBeTruthy();
  expect(screen.getByText("model_install")).toBeTruthy();
  expect(screen.getByText("downloading")).toBeTruthy();
});

test("an event makes the enrollment be read again", () => {
  queryClient.setQueryData(["enrollment"], { state: "connecting" } as Enrollment);
  applyEvent(queryClient, { event: "enrollment", data: "{}" });
  expect(queryClient.getQueryState(["enrollment"])?.isInvalidated).toBe(true);
});
