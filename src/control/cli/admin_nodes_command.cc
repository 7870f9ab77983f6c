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
  fmt::print("{:<22}{}\n", name, cell_text(value));
}

void print_models(json::Value readiness) {
  const auto models = readiness.find("models");
  for (std::size_t i = 0; i < models.size(); ++i) {
    const auto model = models.at(i);
    fmt::print("{:<22}{} ({}, {})\n", i == 0 ? "models" : "", cell_text(model.find("model_id")),
               cell_text(model.find("status")), cell_text(model.find("runtime_kind")));
  }
}

double gib(json::Value bytes) {
  return static_cast<double>(bytes.integer().value_or(0)) / (1024.0 * 1024 * 1024);
}

void print_machine(json::Value inventory) {
  const auto os = inventory.find("os");
  if (!os.find("name").string()) {  // a node that has just started does not know it yet
    fmt::print("{:<22}-\n", "machine");
    return;
  }
  const auto cpu = inventory.find("cpu");
  fmt::print("{:<22}{}, {}\n", "machine", cell_text(os.find("name")),
             cell_text(os.find("architecture")));
  fmt::print("{:<22}{}, {} usable\n", "cpu", cell_text(cpu.find("model")),
             cell_text(cpu.find("usable_cpus")));
  fmt::print("{:<22}{:.0f} GiB\n", "memory", gib(inventory.find("memory").find("total_bytes")));
  const auto gpus = inventory.find("gpus");
  for (std::size_t i = 0; i < gpus.size(); ++i) {
    fmt::print("{:<22}{}, {:.0f} GiB\n", i == 0 ? "gpus" : "", cell_text(gpus.at(i).find("name")),
               gib(gpus.at(i).find("memory_total_bytes")));
  }
}

void print_transport_keys(json::Value keys) {
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto key = keys.at(i);
    fmt::print("{:<22}{}, {} to {}\n", i == 0 ? "transport_keys" : "",
               cell_text(key.find("key_id")), cell_text(key.find("not_before")),
               cell_text(key.find("not_after")));
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
    print_transport_keys(node.find("transport_keys"));
    print_row("inventory_received_at", node.find("inventory_received_at"));
    print_machine(node.find("inventory"));
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
