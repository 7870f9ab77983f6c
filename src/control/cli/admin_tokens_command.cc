#include "control/cli/admin_call.h"
#include "control/cli/made_secret.h"

namespace b3iq::control {
namespace {

constexpr std::string_view kTokens = "/v1/admin/enrollment-tokens";

std::string token_body(const AdminOptions& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  if (!options.note.empty()) w.member("note", options.note);
  if (!options.expires.empty()) w.member("expires", options.expires);
  if (!options.approval.empty()) w.member("approval_id", options.approval);
  w.key("tags");
  w.begin_array();
  for (const auto& tag : options.tags) w.value(std::string_view(tag));
  w.end_array();
  w.end_object();
  return body;
}

void say_how_to_enroll(json::Value answer, const AdminOptions& options) {
  const auto token = answer.find("token");
  const auto url = answer.find("control_plane_url").string().value_or("URL");
  const auto file = options.out.empty() ? std::string_view("FILE") : std::string_view(options.out);
  fmt::print(stderr,
             "This is the only time the token {} is shown. It enrolls one node, until {}. On the "
             "node, with the token in a file (chmod 600):\n  b3iq-host enroll --control-plane {} "
             "--token-file {}\n",
             cell_text(token.find("id")), cell_text(token.find("expires_at")), url, file);
}

}  // namespace

int run_tokens_create(const AdminOptions& options) {
  return make_with_secret(options, kTokens, token_body(options), "token",
                          [&](json::Value answer) { say_how_to_enroll(answer, options); });
}

int run_tokens_list(const AdminOptions& options) {
  const auto query = query_of({{"limit", std::to_string(options.limit)}, {"before", options.page}});
  const auto answer = call_admin(options, http::Method::get, std::string(kTokens) + query);
  return print_admin(options, answer, [](json::Value root) {
    print_list(root,
               {{"ID", "id"},
                {"STATUS", "status"},
                {"NOTE", "note"},
                {"TAGS", "tags"},
                {"CREATED", "created_at"},
                {"EXPIRES", "expires_at"},
                {"USED BY", "used_by"}},
               "There are no enrollment tokens. Make one: b3iq-control-plane admin tokens create");
  });
}

int run_tokens_revoke(const AdminOptions& options) {
  const auto answer = call_admin(options, http::Method::delete_,
                                 fmt::format("{}/{}", kTokens, encoded(options.id)));
  return print_admin(options, answer, [](json::Value token) {
    fmt::print("{} enrolls nobody any more.\n", cell_text(token.find("id")));
  });
}

}  // namespace b3iq::control
