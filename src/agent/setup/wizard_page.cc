#include "agent/setup/wizard_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/local_api/error_answers.h"
#include "base/bytes.h"
#include "crypto/sha256.h"

namespace b3iq::agent {

using base::Result;
using base::Task;

namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --ink: #16202b; --soft: #52606d; --paper: #f6f7f9; --card: #fff; --line: #d9dee4; --good: #12704a; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e7ecf1; --soft: #a3b0bd; --paper: #11161c; --card: #1a2129; --line: #313b46; --good: #5fd6a2; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 44rem; margin: 0 auto; padding: clamp(1.25rem, 5vw, 4rem) 1rem; }
.brand { margin: 0; color: var(--soft); font-weight: 600; letter-spacing: .08em; }
h1 { margin: .25rem 0 .75rem; font-size: clamp(1.5rem, 5vw, 2.1rem); line-height: 1.2; }
h1::before { content: ""; display: inline-block; width: .5em; height: .5em; margin-right: .45em; border-radius: 50%; background: var(--good); vertical-align: .08em; }
.lead { margin: 0 0 1.75rem; color: var(--soft); }
section { margin: 0 0 1rem; padding: 1.1rem 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
h2 { margin: 0 0 .5rem; font-size: 1.05rem; }
p { margin: .5rem 0; }
code, pre { font: .9rem/1.5 ui-monospace, monospace; }
code { overflow-wrap: anywhere; }
pre { margin: .6rem 0 0; padding: .7rem .9rem; white-space: pre-wrap; overflow-wrap: anywhere; background: var(--paper); border: 1px solid var(--line); border-radius: 6px; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem; margin: .6rem 0 0; }
dt { color: var(--soft); }
dt code { color: var(--ink); }
dd { margin: 0; min-width: 0; }
@media (max-width: 30rem) {
  dl { grid-template-columns: 1fr; gap: 0; }
  dd { margin-bottom: .5rem; }
}
)";

// {0} is the style, {1} the base URL for clients.
constexpr std::string_view kPage = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>B3IQ node</title>
<style>{0}</style>
</head>
<body>
<main>
<p class="brand">B3IQ</p>
<h1>This node is running</h1>
<p class="lead">It is set up from the command line for now; a setup wizard will come.</p>
<section>
<h2>1. Make a key</h2>
<p>Its secret is printed once; keep it.</p>
<pre>b3iq-host keys create --name app</pre>
</section>
<section>
<h2>2. Point an OpenAI client at the node</h2>
<dl>
<dt>Base URL</dt><dd><code>{1}</code></dd>
<dt>API key</dt><dd>the <code>b3iq_local_…</code> secret of step 1</dd>
<dt>Model</dt><dd>one that <code>b3iq-host status</code> lists</dd>
</dl>
</section>
<section>
<h2>3. Look after it</h2>
<dl>
<dt><code>b3iq-host status</code></dt><dd>what it is doing</dd>
<dt><code>b3iq-host doctor</code></dt><dd>faults, and the fix of each</dd>
<dt><code>b3iq-host keys list</code></dt><dd>who may call it</dd>
</dl>
</section>
</main>
</body>
</html>
)";

// The page loads nothing and runs nothing: its one style block is allowed by its hash.
std::string content_policy() {
  return fmt::format(
      "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'",
      base::to_base64(crypto::sha256(base::as_bytes(kStyle))));
}

// The address that the browser used, which passed the request gate; words where a name that the
// owner allowed has signs that HTML would read.
std::string base_url(const http::Request& request) {
  const auto host = request.header("host").value_or("");
  const bool plain = std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".:-_[]").find(c) != std::string_view::npos;
  });
  if (host.empty() || !plain) return "this page's address with /v1 in place of /setup/";
  return fmt::format("{}://{}/v1", request.tls ? "https" : "http", host);
}

}  // namespace

void add_wizard_page(http::Router& router, http::Public& level) {
  const auto page = [policy = content_policy()](
                        http::Request& request,
                        const http::Public::Principal&) -> Task<Result<http::Response>> {
    http::Response response;
    response.content_type = "text/html; charset=utf-8";
    response.headers.push_back({"Content-Security-Policy", policy});
    response.headers.push_back({"Cache-Control", "no-store"});
    response.body = fmt::format(kPage, kStyle, base_url(request));
    co_return response;
  };
  router.add(http::Method::get, "/setup/", "getWizard", level, native_error, 0, page);
  router.add(http::Method::get, "/setup", "redirectToWizard", level, native_error, 0,
             [](http::Request&, const http::Public::Principal&) -> Task<Result<http::Response>> {
               http::Response response;
               response.status = 308;
               response.headers.push_back({"Location", "/setup/"});
               co_return response;
             });
}

}  // namespace b3iq::agent
