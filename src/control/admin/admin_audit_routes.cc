// /v1/admin/audit.
#include "base/bytes.h"
#include "control/admin/admin_page.h"
#include "control/admin/admin_routes.h"
#include "http/json_response.h"
#include "http/query_parameters.h"

namespace b3iq::control {

using base::Error;
using base::Result;
using base::Task;
using http::Request;
using http::Response;

namespace {

// The whole log, oldest first, a piece at each pull.
class AuditExport final : public http::BodySource {
 public:
  AuditExport(const AuditLog& audit, std::int64_t after_seq) : audit_(audit), after_(after_seq) {}

  Task<Result<std::string_view>> next() override {
    CO_TRY(const auto entries, co_await audit_.oldest(after_, kMaxAuditPage));
    lines_.clear();
    for (const auto& entry : entries) {
      append_audit_line(lines_, entry);
      lines_ += '\n';
      after_ = entry.seq;
    }
    co_return std::string_view(lines_);
  }

 private:
  const AuditLog& audit_;
  std::int64_t after_;
  std::string lines_;
};

Result<std::int64_t> sequence_of(std::string_view name, const std::string& text) {
  if (text.empty()) return 0;
  return http::integer_parameter(name, text, 1, std::numeric_limits<std::int64_t>::max());
}

Task<Result<Response>> list(const AdminParts& parts, const Request& request) {
  CO_TRY(const auto page, read_page(request.query, kMaxAuditPage, {}));
  CO_TRY(const auto before, sequence_of("before", page.before));
  CO_TRY(const auto entries, co_await parts.audit.newest(before, page.limit));
  co_return http::list_answer(
      entries,
      [](json::Writer& w, const AuditEntry& entry) {
        std::string line;
        append_audit_line(line, entry);
        w.raw(line);
      },
      [&](json::Writer& w) {
        const bool more = std::ssize(entries) == page.limit && entries.back().seq > 1;
        write_next(w, "next_before", more ? std::to_string(entries.back().seq) : "", more);
      });
}

Task<Result<Response>> export_all(const AdminParts& parts, const Request& request) {
  CO_TRY(const auto page, read_page(request.query, kMaxAuditPage, {}));
  CO_TRY(const auto after, sequence_of("after", page.after));
  Response response;
  response.content_type = "application/jsonl";
  response.body = std::make_unique<AuditExport>(parts.audit, after);
  co_return response;
}

Task<Result<Response>> verify(const AdminParts& parts) {
  CO_TRY(const auto verdict, co_await parts.audit.verify());
  co_return http::object_answer([&](json::Writer& w) {
    w.member("holds", verdict.first_broken_seq == 0);
    w.member("entries", verdict.chain.entries);
    w.member("head", base::to_hex(verdict.chain.head));
    w.key("first_broken_seq");
    if (verdict.first_broken_seq == 0) {
      w.null();
    } else {
      w.value(verdict.first_broken_seq);
    }
    write_text(w, "fault", verdict.fault);
  });
}

}  // namespace

void add_admin_audit_routes(http::Router& router, const AdminParts& parts) {
  auto& level = parts.levels.admin;
  using http::Method;
  add_admin_route(router, level, Method::get, "/v1/admin/audit", "listAuditEntries", 0,
                  [parts](Request& request, const AdminCaller&) { return list(parts, request); });
  add_admin_route(
      router, level, Method::get, "/v1/admin/audit/export", "exportAudit", 0,
      [parts](Request& request, const AdminCaller&) { return export_all(parts, request); });
  add_admin_route(router, level, Method::get, "/v1/admin/audit/verification", "verifyAuditLog", 0,
                  [parts](Request&, const AdminCaller&) { return verify(parts); });
}

}  // namespace b3iq::control
