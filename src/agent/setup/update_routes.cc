#include "agent/setup/update_routes.h"

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"

namespace b3iq::agent {

using base::Result;
using base::Task;
using http::Response;

namespace {

// Clients send `{}` with a POST that takes nothing.
constexpr std::size_t kMaxIgnoredBody = 1024;

void write_or_null(json::Writer& w, std::string_view name, std::string_view text) {
  w.key(name);
  if (text.empty()) {
    w.null();
  } else {
    w.value(text);
  }
}

void write_error(json::Writer& w, const std::optional<base::Error>& error) {
  w.key("error");
  if (!error) {
    w.null();
    return;
  }
  w.begin_object();
  w.member("code", base::error_info(error->code).wire_name);
  w.member("detail", error->detail);
  w.end_object();
}

Response tell(const UpdateReport& report) {
  return object_answer([&](json::Writer& w) {
    w.member("object", "update_check");
    w.member("current", report.current);
    w.member("configured", report.configured);
    write_or_null(w, "checked_at",
                  report.checked_at_ms ? base::format_rfc3339(*report.checked_at_ms) : "");
    write_or_null(w, "latest", report.latest.value_or(""));
    w.key("newer");
    if (report.latest) {
      w.value(report.newer);
    } else {
      w.null();
    }
    write_or_null(w, "notes_url", report.notes_url);
    write_error(w, report.error);
  });
}

Task<Result<Response>> check(const UpdateRoutes& self, const http::Request& request) {
  CO_TRY(const auto report, co_await self.updates.check(request.cancel));
  co_return tell(report);
}

}  // namespace

void UpdateRoutes::add_to(http::Router& router) {
  const auto self = *this;
  router.add(http::Method::get, "/setup/v1/update-check", "getUpdateCheck", levels.owner,
             native_error, 0, [self](http::Request&, const Principal&) -> Task<Result<Response>> {
               co_return tell(self.updates.report());
             });
  router.add(http::Method::post, "/setup/v1/update-check", "checkForUpdate", levels.owner,
             native_error, kMaxIgnoredBody,
             [self](http::Request& request, const Principal&) { return check(self, request); });
}

}  // namespace b3iq::agent
