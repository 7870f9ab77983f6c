#include "agent/setup/wizard_page.h"

#include "agent/local_api/error_answers.h"

namespace b3iq::agent {

using base::Result;
using base::Task;

namespace {

constexpr std::string_view kPage = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>B3IQ node</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; }
code, pre { font-family: ui-monospace, monospace; }
pre { padding: 1rem; overflow-x: auto; border: 1px solid #8886; border-radius: 6px; }
</style>
</head>
<body>
<h1>This B3IQ node is running</h1>
<p>The node is set up from the command line for now; a setup wizard in this place is not built yet.</p>
<h2>Make a key</h2>
<pre>b3iq-host keys create --name my-app</pre>
<h2>Point an OpenAI client at it</h2>
<p>Base URL: this address with <code>/v1</code>. API key: the <code>b3iq_local_…</code> secret that the command printed.</p>
<h2>Look after it</h2>
<pre>b3iq-host status
b3iq-host doctor
b3iq-host keys list</pre>
</body>
</html>
)";

// The page has one style block of its own and nothing else: no script, no image, no request.
constexpr std::string_view kPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

}  // namespace

void add_wizard_page(http::Router& router, http::Public& level) {
  const auto page = [](http::Request&,
                       const http::Public::Principal&) -> Task<Result<http::Response>> {
    http::Response response;
    response.content_type = "text/html; charset=utf-8";
    response.headers.push_back({"Content-Security-Policy", std::string(kPolicy)});
    response.headers.push_back({"Cache-Control", "no-store"});
    response.body = std::string(kPage);
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
