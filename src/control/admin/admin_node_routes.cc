// /v1/admin/nodes.
#include "base/bytes.h"
#include "control/admin/admin_body.h"
#include "control/admin/admin_page.h"
#include "control/admin/admin_routes.h"
#include "control/admin/admin_second_person.h"
#include "http/json_response.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using http::Request;
using http::Response;
using protocol::NodeId;

namespace {

void write_members(json::Writer& w, const NodeSummary& node, std::int64_t now_ms) {
  const auto expires = heartbeat_expires_at(node.last_seen_ms, node.lease_ms);
  w.member("node_id", node.node_id.text());
  w.member("standing", protocol::wire_name(node.standing));
  write_text(w, "standing_reason", node.standing_reason);
  write_texts(w, "tags", node.tags);
  w.member("liveness", protocol::wire_name(protocol::liveness_of(expires, now_ms)));
  write_time(w, "enrolled_at", node.enrolled_at_ms);
  write_time(w, "last_enrolled_at", node.last_enrolled_at_ms);
  write_time(w, "last_heartbeat_at", node.last_seen_ms);
  w.member("boot_epoch", node.boot_epoch);
  write_text(w, "status", node.status);
  w.member("queue_depth", node.queue_depth);
  write_text(w, "agent_version", node.agent_version);
  write_text(w, "inventory_hash", node.inventory_hash);
  write_text(w, "readiness_hash", node.readiness_hash);
  w.member("command_cursor", node.command_cursor);
}

void write_node(json::Writer& w, const NodeSummary& node, std::int64_t now_ms) {
  w.begin_object();
  write_members(w, node, now_ms);
  w.end_object();
}

void write_document(json::Writer& w, std::string_view name, std::string_view document) {
  w.key(name);
  if (document.empty()) {
    w.null();
  } else {
    w.raw(document);
  }
}

void write_keys(json::Writer& w, const std::vector<TransportKeyRow>& keys) {
  w.key("transport_keys");
  w.begin_array();
  for (const auto& key : keys) {
    w.begin_object();
    w.member("key_id", key.key_id.text());
    write_time(w, "not_before", key.not_before_ms);
    write_time(w, "not_after", key.not_after_ms);
    write_time(w, "installed_at", key.installed_at_ms);
    write_document(w, "binding", key.document);
    w.end_object();
  }
  w.end_array();
}

Result<NodeId> node_of(const Request& request) {
  return NodeId::parse(request.path_parameters.at(0));
}

Response node_answer(const NodeSummary& node, std::int64_t now_ms) {
  return http::object_answer([&](json::Writer& w) { write_members(w, node, now_ms); });
}

Task<Result<Response>> list(const AdminParts& parts, const Request& request) {
  NodeQuery query;
  const auto standing = [&query](const std::string& value) -> Status {
    query.standing = protocol::node_standing_from_name(value);
    if (query.standing) return {};
    return Error(ErrorCode::invalid_request, "standing is enrolled, suspended or removed.",
                 "standing");
  };
  const auto tag = [&query](std::string value) -> Status {
    query.tag = std::move(value);
    return {};
  };
  CO_TRY(auto page,
         read_page(request.query, kMaxNodesPerPage, {{"standing", standing}, {"tag", tag}}));
  query.after_id = std::move(page.after);
  query.limit = page.limit;
  CO_TRY(const auto found, co_await parts.nodes.list(std::move(query)));
  const auto now = parts.clock.wall_ms();
  co_return http::list_answer(
      found.nodes, [&](json::Writer& w, const auto& node) { write_node(w, node, now); },
      [&](json::Writer& w) { write_text(w, "next_after", found.next_after_id); });
}

Task<Result<Response>> show(const AdminParts& parts, const Request& request) {
  CO_TRY(auto id, node_of(request));
  CO_TRY(const auto node, co_await parts.nodes.get(std::move(id)));
  co_return http::object_answer([&](json::Writer& w) {
    write_members(w, node.summary, parts.clock.wall_ms());
    w.member("public_key_ed25519", base::to_base64url(node.public_key.bytes));
    write_keys(w, node.transport_keys);
    write_time(w, "inventory_received_at", node.inventory_received_at_ms);
    write_document(w, "inventory", node.inventory);
    write_document(w, "readiness", node.readiness);
  });
}

Task<Result<Response>> suspend(const AdminParts& parts, const Request& request,
                               const AdminCaller& caller) {
  CO_TRY(auto id, node_of(request));
  CO_TRY(const auto body, AdminBody::parse(request.body, {"reason", kApprovalMember}));
  CO_TRY(auto reason, body.text("reason", ""));
  SecondPerson second;
  CO_TRY(auto by, second.by(body, caller));
  auto done = co_await parts.nodes.suspend(std::move(id), std::move(reason), std::move(by));
  if (second.is_needed(done)) co_return co_await second.ask(parts);
  CO_TRY(const auto node, std::move(done));
  co_return node_answer(node, parts.clock.wall_ms());
}

Task<Result<Response>> resume(const AdminParts& parts, const Request& request,
                              const AdminCaller& caller) {
  CO_TRY(auto id, node_of(request));
  CO_TRY(const auto node, co_await parts.nodes.resume(std::move(id), caller.actor));
  co_return node_answer(node, parts.clock.wall_ms());
}

Task<Result<Response>> remove(const AdminParts& parts, const Request& request,
                              const AdminCaller& caller) {
  CO_TRY(auto id, node_of(request));
  CO_TRY(const auto body, AdminBody::parse(request.body, {"reason", kApprovalMember}));
  CO_TRY(auto reason, body.text("reason", ""));
  SecondPerson second;
  CO_TRY(auto by, second.by(body, caller));
  auto done = co_await parts.nodes.remove(std::move(id), std::move(reason), std::move(by));
  if (second.is_needed(done)) co_return co_await second.ask(parts);
  CO_TRY(const auto node, std::move(done));
  co_return node_answer(node, parts.clock.wall_ms());
}

Task<Result<Response>> set_tags(const AdminParts& parts, const Request& request,
                                const AdminCaller& caller) {
  CO_TRY(auto id, node_of(request));
  CO_TRY(const auto body, AdminBody::parse(request.body, {"tags"}));
  if (!body.has("tags"))
    co_return Error(ErrorCode::invalid_request, "'tags' is needed, as a list of texts.", "tags");
  CO_TRY(auto tags, body.texts("tags"));
  CO_TRY(const auto node,
         co_await parts.nodes.set_tags(std::move(id), std::move(tags), caller.actor));
  co_return node_answer(node, parts.clock.wall_ms());
}

}  // namespace

void add_admin_node_routes(http::Router& router, const AdminParts& parts) {
  using http::Method;
  const auto act = [&](Method method, std::string_view pattern, std::string_view id, auto handler) {
    add_admin_route(router, parts.levels.operator_, method, pattern, id,
                    method == Method::delete_ ? 0 : parts.max_body_bytes,
                    [parts, handler](Request& request, const AdminCaller& caller) {
                      return handler(parts, request, caller);
                    });
  };
  add_admin_route(router, parts.levels.viewer, Method::get, "/v1/admin/nodes", "listNodes", 0,
                  [parts](Request& request, const AdminCaller&) { return list(parts, request); });
  add_admin_route(router, parts.levels.viewer, Method::get, "/v1/admin/nodes/{node}", "getNode", 0,
                  [parts](Request& request, const AdminCaller&) { return show(parts, request); });
  act(Method::post, "/v1/admin/nodes/{node}/suspension", "suspendNode", suspend);
  act(Method::delete_, "/v1/admin/nodes/{node}/suspension", "resumeNode", resume);
  act(Method::post, "/v1/admin/nodes/{node}/removal", "removeNode", remove);
  act(Method::put, "/v1/admin/nodes/{node}/tags", "setNodeTags", set_tags);
}

}  // namespace b3iq::control
