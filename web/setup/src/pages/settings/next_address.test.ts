import type { Setting } from "@b3iq/shared/api/types.ts";
import { expect, test } from "vitest";
import { nextAddress } from "./next_address";

const waits = (name: string, value: string | null) => ({ name, value, pending: true }) as Setting;
const here = { protocol: "http:", hostname: "127.0.0.1", port: "8831" };
const remote = { ...here, hostname: "192.168.1.5" };
const named = { ...here, hostname: "node.example" };

test("settings that leave the address alone", () => {
  expect(nextAddress([], here)).toBeNull();
  expect(nextAddress([waits("models.slots", "2")], here)).toBeNull();
  expect(nextAddress([waits("listen", "0.0.0.0:8831")], here)).toBeNull();
  expect(nextAddress([waits("listen", "[::]:8831")], remote)).toBeNull();
  expect(nextAddress([waits("listen", "127.0.0.1:0")], here)).toBeNull();
  expect(nextAddress([waits("listen", "192.168.1.5:8831")], named)).toBeNull();
});

test("another port, another host", () => {
  expect(nextAddress([waits("listen", "127.0.0.1:9000")], here)).toBe(
    "http://127.0.0.1:9000/setup/",
  );
  expect(nextAddress([waits("listen", "192.168.1.5:8831")], here)).toBe(
    "http://192.168.1.5:8831/setup/",
  );
  expect(nextAddress([waits("listen", "127.0.0.1:8831")], remote)).toBe(
    "http://127.0.0.1:8831/setup/",
  );
});

test("TLS comes, goes, or has another certificate", () => {
  const files = [waits("tls.certificate", "/a.pem"), waits("tls.key", "/a.key")];
  expect(nextAddress(files, named)).toBe("https://node.example:8831/setup/");
  const both = [...files, waits("listen", "0.0.0.0:443")];
  expect(nextAddress(both, named)).toBe("https://node.example:443/setup/");
  const secure = { ...named, protocol: "https:" };
  expect(nextAddress(files, secure)).toBe("https://node.example:8831/setup/");
  const none = [waits("tls.certificate", null), waits("tls.key", "")];
  expect(nextAddress(none, secure)).toBe("http://node.example:8831/setup/");
});
