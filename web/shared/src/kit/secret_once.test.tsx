import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { expect, test } from "vitest";
import { KitProvider } from "./provider";
import { SecretOnce } from "./secret_once";

const kSecret = "b3iq_local_verysecret";

function Holder() {
  const [secret, setSecret] = useState<string | null>(kSecret);
  return (
    <KitProvider>
      <SecretOnce
        secret={secret}
        title="Your key"
        label="Key"
        fileName="key.txt"
        onClose={() => setSecret(null)}
      />
    </KitProvider>
  );
}

test("a secret is shown until somebody has said that it is kept, then it is gone", async () => {
  const user = userEvent.setup();
  render(<Holder />);
  expect(screen.getByTestId("secret").textContent).toBe(kSecret);
  const done = screen.getByRole("button", { name: "Done" });
  expect(done).toHaveProperty("disabled", true);
  await user.keyboard("{Escape}");
  expect(screen.getByTestId("secret").textContent).toBe(kSecret);
  await user.click(screen.getByLabelText("I have put it somewhere safe"));
  await user.click(done);
  expect(document.body.innerHTML).not.toContain(kSecret);
  expect(JSON.stringify({ ...localStorage })).not.toContain(kSecret);
});
