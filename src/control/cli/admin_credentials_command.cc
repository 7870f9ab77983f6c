#include "control/cli/admin_call.h"
#include "control/cli/made_secret.h"

namespace b3iq::control {
namespace {

constexpr std::string_view kCredentials = "/v1/admin/credentials";
constexpr std::string_view kFirstName = "first-admin";

void say_made(json::Value answer, const AdminOptions& options) {
  const auto credential = answer.find("credential");
  fmt::print(stderr, "{} '{}' ({}), until {}. ", cell_text(credential.find("role")),
             cell_text(credential.find("name")), cell_text(credential.find("id")),
             cell_text(credential.find("expires_at")));
  if (options.out.empty()) {
    fmt::print(stderr,
               "This is the only time its secret is shown: put it into a file with mode "
               "0600.\n");
  } else {
    fmt::print(stderr, "Its secret is in {}, and nowhere else.\n", options.out);
  }
}

}  // namespace

int run_credentials_create(const AdminOptions& options) {
  const auto body = body_of({{"name", options.name},
                             {"role", options.role},
                             {"expires", options.expires},
                             {"approval_id", options.approval}});
  return make_with_secret(options, kCredentials, body, "credential",
                          [&](json::Value answer) { say_made(answer, options); });
}

int run_admin_bootstrap(const AdminOptions& options) {
  AdminOptions first = options;
  if (first.name.empty()) first.name = kFirstName;
  first.role = "admin";
  return run_credentials_create(first);
}

int run_credentials_list(const AdminOptions& options) {
  const auto query = query_of({{"limit", std::to_string(options.limit)}, {"before", options.page}});
  const auto answer = call_admin(options, http::Method::get, std::string(kCredentials) + query);
  return print_admin(options, answer, [](json::Value root) {
    print_list(root,
               {{"ID", "id"},
                {"NAME", "name"},
                {"ROLE", "role"},
                {"STATUS", "status"},
                {"CREATED", "created_at"},
                {"EXPIRES", "expires_at"},
                {"BY", "created_by"}},
               "There are no admin credentials. Make the first one on the control plane's machine: "
               "b3iq-control-plane admin bootstrap --out FILE");
  });
}

int run_credentials_revoke(const AdminOptions& options) {
  const auto path = fmt::format("{}/{}{}", kCredentials, encoded(options.id),
                                query_of({{"approval_id", options.approval}}));
  const auto answer = call_admin(options, http::Method::delete_, path);
  return print_admin(options, answer, [](json::Value credential) {
    fmt::print("{} opens nothing any more.\n", cell_text(credential.find("id")));
  });
}

int run_admin_status(const AdminOptions& options) {
  const auto answer = call_admin(options, http::Method::get, "/v1/admin/status");
  return print_admin(options, answer, [](json::Value status) {
    for (const auto* name : {"control_plane_id", "version", "public_url", "database"})
      fmt::print("{:<18}{}\n", name, cell_text(status.find(name)));
    const auto nodes = status.find("nodes");
    fmt::print("{:<18}{} enrolled: {} online, {} stale, {} offline, {} suspended\n", "nodes",
               cell_text(nodes.find("enrolled")), cell_text(nodes.find("online")),
               cell_text(nodes.find("stale")), cell_text(nodes.find("offline")),
               cell_text(nodes.find("suspended")));
  });
}

}  // namespace b3iq::control
