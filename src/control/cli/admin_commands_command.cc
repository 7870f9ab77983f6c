#include "control/cli/admin_call.h"

namespace b3iq::control {
namespace {

constexpr std::string_view kCommands = "/v1/admin/commands";

void print_state(json::Value command) {
  fmt::print("{} ({} for {}) is {}.\n", cell_text(command.find("id")),
             cell_text(command.find("kind")), cell_text(command.find("node_id")),
             cell_text(command.find("state")));
}

std::string path_of(const AdminOptions& options, std::string_view rest = {}) {
  return fmt::format("{}/{}{}", kCommands, encoded(options.id), rest);
}

}  // namespace

int run_commands_queue(const AdminOptions& options) {
  const auto arguments =
      json::Document::parse(options.arguments.empty() ? "{}" : options.arguments);
  if (!arguments.ok() || !arguments->root().is_object()) {
    return cli::print_usage_error(
        "--arguments is a JSON object, such as '{\"catalogue_id\":\"b3iq-atlas-5m\"}'.");
  }
  std::string body;
  json::Writer w(body);
  w.begin_object();
  w.member("node_id", options.node);
  w.member("kind", options.kind);
  w.key("arguments");
  w.raw(arguments->root().to_text());
  if (!options.expires.empty()) w.member("expires", options.expires);
  if (options.attempts > 0) w.member("max_attempts", options.attempts);
  if (!options.approval.empty()) w.member("approval_id", options.approval);
  w.end_object();
  return print_admin(options, call_admin(options, http::Method::post, kCommands, body),
                     print_state);
}

int run_commands_list(const AdminOptions& options) {
  const auto query = query_of({{"limit", std::to_string(options.limit)},
                               {"before", options.page},
                               {"node_id", options.node},
                               {"state", options.state}});
  const auto answer = call_admin(options, http::Method::get, std::string(kCommands) + query);
  return print_admin(options, answer, [](json::Value root) {
    print_list(root,
               {{"ID", "id"},
                {"NODE", "node_id"},
                {"KIND", "kind"},
                {"STATE", "state"},
                {"QUEUED", "queued_at"},
                {"ATTEMPTS", "attempts"},
                {"FINISHED", "finished_at"},
                {"BY", "queued_by"}},
               "There are no commands.");
  });
}

int run_commands_show(const AdminOptions& options) {
  const auto answer = call_admin(options, http::Method::get, path_of(options));
  return print_admin(options, answer, [](json::Value command) {
    for (const auto* name :
         {"id", "node_id", "kind", "arguments", "state", "queued_by", "created_at", "queued_at",
          "expires_at", "attempts", "max_attempts", "lease_expires_at", "phase", "progress_done",
          "progress_total", "finished_at", "failure", "result"})
      fmt::print("{:<18}{}\n", name, cell_text(command.find(name)));
  });
}

int run_commands_retry(const AdminOptions& options) {
  const auto answer = call_admin(options, http::Method::post, path_of(options, "/retry"),
                                 body_of({{"approval_id", options.approval}}));
  return print_admin(options, answer, print_state);
}

int run_commands_cancel(const AdminOptions& options) {
  const auto answer = call_admin(options, http::Method::post, path_of(options, "/cancel"),
                                 body_of({{"reason", options.reason}}));
  return print_admin(options, answer, print_state);
}

}  // namespace b3iq::control
