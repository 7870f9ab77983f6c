#include "control/admin/admin_routes.h"

#include "base/bytes.h"

namespace b3iq::control {

void add_admin_routes(http::Router& router, const AdminParts& parts) {
  add_admin_status_routes(router, parts);
  add_admin_token_routes(router, parts);
  add_admin_node_routes(router, parts);
  add_admin_command_routes(router, parts);
  add_admin_credential_routes(router, parts);
  add_admin_approval_routes(router, parts);
  add_admin_audit_routes(router, parts);
  add_admin_customer_routes(router, parts);
  add_admin_ledger_routes(router, parts);
  add_admin_price_routes(router, parts);
  add_admin_private_job_routes(router, parts);
}

void write_time(json::Writer& w, std::string_view name, std::int64_t at_ms) {
  write_text(w, name, at_ms == 0 ? std::string() : base::format_rfc3339(at_ms));
}

void write_text(json::Writer& w, std::string_view name, std::string_view text) {
  w.key(name);
  if (text.empty()) {
    w.null();
  } else {
    w.value(text);
  }
}

void write_texts(json::Writer& w, std::string_view name, const std::vector<std::string>& texts) {
  w.key(name);
  w.begin_array();
  for (const auto& text : texts) w.value(std::string_view(text));
  w.end_array();
}

void write_next(json::Writer& w, std::string_view name, std::string_view id, bool more) {
  write_text(w, name, more ? id : std::string_view());
}

}  // namespace b3iq::control
