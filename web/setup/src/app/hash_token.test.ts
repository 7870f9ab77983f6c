import { expect, test } from "vitest";
import { takeHashToken } from "./hash_token";

function open(url: string) {
  history.replaceState(null, "", url);
  return takeHashToken();
}

test("a setup token is taken and leaves the address", () => {
  expect(open("/setup/?a=1#token=b3iq_setup_abc-DEF_1")).toBe("b3iq_setup_abc-DEF_1");
  expect(location.href).toMatch(/\/setup\/\?a=1$/);
});

test("an invitation is taken and leaves the address", () => {
  expect(open("/setup/#invite=b3iq_invite_abc")).toBe("b3iq_invite_abc");
  expect(location.hash).toBe("");
});

test("any other fragment opens nothing and is removed too", () => {
  expect(open("/setup/#token=<script>")).toBeNull();
  expect(location.hash).toBe("");
  expect(open("/setup/")).toBeNull();
});
