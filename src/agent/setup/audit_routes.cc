#include "agent/setup/audit_routes.h"

#include <limits>

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "agent/local_api/query.h"
#include "base/bytes.h"
#include "base/clock.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using http::Response;

namespace {

constexpr std::int64_t kDefaultPage = 100;
constexpr std::int64_t kMaxPage = 1'000;

struct Page {
  std::int64_t limit = kDefaultPage;
  std::int64_t before = 0;
};

Result<Page> parse_page(std::string_view query) {
  Page page;
  TRY_OK(each_parameter(query, [&page](std::string_view name, std::string_view value) -> Status {
    if (name == "limit") {
      TRY(page.limit, integer_parameter(name, value, 1, kMaxPage));
    } else if (name == "before") {
      TRY(page.before, integer_parameter(name, value, 1, std::numeric_limits<std::int64_t>::max()));
    } else {
      return Error(ErrorCode::invalid_request, "The query takes limit and before.",
                   std::string(name));
    }
    return {};
  }));
  return page;
}

Task<Result<Response>> list(const AuditLog& audit, const http::Request& request) {
  CO_TRY(const auto page, parse_page(request.query));
  CO_TRY(const auto entries, co_await audit.list(page.before, page.limit));
  co_return list_answer(entries, [](json::Writer& w, const AuditEntry& entry) {
    w.begin_object();
    w.member("seq", entry.seq);
    w.member("at", base::format_rfc3339(entry.at_ms));
    w.member("at_ms", entry.at_ms);
    w.member("actor", entry.actor);
    w.member("act", entry.act);
    w.member("subject", entry.subject);
    w.member("previous_hash", base::to_hex(entry.previous_hash));
    w.member("hash", base::to_hex(entry.hash));
    w.end_object();
  });
}

Task<Result<Response>> verify(const AuditLog& audit) {
  CO_TRY(const auto state, co_await audit.verify());
  co_return object_answer([&](json::Writer& w) {
    w.member("holds", state.first_broken_seq == 0);
    w.member("entries", state.entries);
    w.member("head", base::to_hex(state.head));
    w.key("first_broken_seq");
    if (state.first_broken_seq == 0) {
      w.null();
    } else {
      w.value(state.first_broken_seq);
    }
  });
}

}  // namespace

void AuditRoutes::add_to(http::Router& router) {
  const auto& log = audit;
  router.add(http::Method::get, "/setup/v1/audit", "listAudit", levels.owner, native_error, 0,
             [&log](http::Request& request, const Principal&) { return list(log, request); });
  router.add(http::Method::get, "/setup/v1/audit/verification", "verifyAudit", levels.owner,
             native_error, 0, [&log](http::Request&, const Principal&) { return verify(log); });
}

}  // namespace b3iq::agent
