#include "control/cli/admin_call.h"

namespace b3iq::control {
namespace {

constexpr std::string_view kNodes = "/v1/admin/nodes";

std::string path_of(const AdminOptions& options, std::string_view rest = {}) {
  return fmt::format("{}/{}{}", kNodes, encoded(options.id), rest);
}

void print_standing(json::Value node) {
  fmt::print("{} is {}.\n", cell_text(node.find("node_id")), cell_text(node.find("standing")));
}

void print_row(std::string_view name, json::Value value) {
  fmt::print("{:<20}{}\n", name, cell_text(value));
}

void print_models(json::Value readiness) {
  const auto models = readiness.find("models");
  for (std::size_t i = 0; i < models.size(); ++i) {
    const auto model = models.at(i);
    fmt::print("{:<20}{} ({}, {})\n", i == 0 ? "models" : "", cell_text(model.find("model_id")),
               cell_text(model.find("status")), cell_text(model.find("runtime_kind")));
  }
}

}  // namespace

int run_nodes_list(const AdminOptions& options) {
  const auto query = query_of({{"limit", std::to_string(options.limit)},
                               {"after", options.page},
                               {"standing", options.standing},
                               {"tag", options.tag}});
  const auto answer = call_admin(options, http::Method::get, std::string(kNodes) + query);
  return print_admin(options, answer, [](json::Value root) {
    print_list(root,
               {{"NODE", "node_id"},
                {"STANDING", "standing"},
                {"LIVENESS", "liveness"},
                {"STATUS", "status"},
                {"LAST HEARTBEAT", "last_heartbeat_at"},
                {"VERSION", "agent_version"},
                {"TAGS", "tags"}},
               "No node is here. Enroll one: b3iq-control-plane admin tokens create");
  });
}

int run_nodes_show(const AdminOptions& options) {
  const auto answer = call_admin(options, http::Method::get, path_of(options));
  return print_admin(options, answer, [](json::Value node) {
    for (const auto* name :
         {"node_id", "standing", "standing_reason", "liveness", "status", "tags", "enrolled_at",
          "last_heartbeat_at", "agent_version", "boot_epoch", "queue_depth", "public_key_ed25519"})
      print_row(name, node.find(name));
    print_models(node.find("readiness"));
  });
}

int run_nodes_suspend(const AdminOptions& options) {
  const auto answer =
      call_admin(options, http::Method::post, path_of(options, "/suspension"),
                 body_of({{"reason", options.reason}, {"approval_id", options.approval}}));
  return print_admin(options, answer, print_standing);
}

int run_nodes_resume(const AdminOptions& options) {
  const auto answer = call_admin(options, http::Method::delete_, path_of(options, "/suspension"));
  return print_admin(options, answer, print_standing);
}

int run_nodes_remove(const AdminOptions& options) {
  const auto answer =
      call_admin(options, http::Method::post, path_of(options, "/removal"),
                 body_of({{"reason", options.reason}, {"approval_id", options.approval}}));
  return print_admin(options, answer, print_standing);
}

int run_nodes_tag(const AdminOptions& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  w.key("tags");
  w.begin_array();
  for (const auto& tag : options.tags)
    if (!tag.empty()) w.value(std::string_view(tag));
  w.end_array();
  w.end_object();
  const auto answer = call_admin(options, http::Method::put, path_of(options, "/tags"), body);
  return print_admin(options, answer, [](json::Value node) {
    fmt::print("{} has the tags: {}\n", cell_text(node.find("node_id")),
               cell_text(node.find("tags")));
  });
}

}  // namespace b3iq::control
