// GET /v1/admin/self and /v1/admin/status.
#include "control/admin/admin_routes.h"
#include "http/json_response.h"

namespace b3iq::control {

using base::Result;
using base::Task;
using http::Response;

namespace {

Task<Result<Response>> tell_caller(AdminCaller caller) {
  co_return http::object_answer([&](json::Writer& w) {
    w.member("actor", caller.actor);
    w.member("role", wire_name(caller.role));
  });
}

Task<Result<Response>> tell_status(const AdminParts& parts) {
  CO_TRY(const auto counts, co_await parts.nodes.counts());
  co_return http::object_answer([&](json::Writer& w) {
    w.member("version", parts.facts.version);
    w.member("control_plane_id", parts.facts.control_plane_id);
    w.member("public_key_ed25519", parts.facts.public_key_ed25519);
    write_text(w, "public_url", parts.facts.public_url);
    w.member("database", parts.facts.database);
    w.member("server_time", base::format_rfc3339(parts.clock.wall_ms()));
    w.key("nodes");
    w.begin_object();
    w.member("enrolled", counts.enrolled);
    w.member("suspended", counts.suspended);
    w.member("online", counts.online);
    w.member("stale", counts.stale);
    w.member("offline", counts.offline);
    w.end_object();
  });
}

}  // namespace

void add_admin_status_routes(http::Router& router, const AdminParts& parts) {
  add_admin_route(router, parts.levels.viewer, http::Method::get, "/v1/admin/self", "getAdminSelf",
                  0, [](http::Request&, const AdminCaller& caller) { return tell_caller(caller); });
  add_admin_route(router, parts.levels.viewer, http::Method::get, "/v1/admin/status",
                  "getAdminStatus", 0,
                  [parts](http::Request&, const AdminCaller&) { return tell_status(parts); });
}

}  // namespace b3iq::control
