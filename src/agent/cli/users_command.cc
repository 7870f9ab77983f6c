#include <optional>

#include "agent/auth/user_types.h"
#include "agent/cli/setup_call.h"
#include "agent/cli/terminal.h"

namespace b3iq::agent {
namespace {

constexpr std::string_view kUsers = "/setup/v1/users";

struct FoundUser {
  std::string id;
  std::string role;
};

// Ids stand in addresses, names need not fit into one. An exit code when the list cannot be had.
struct Search {
  int exit_code = kExitOk;
  std::optional<FoundUser> user;
};
Search find_user(const Home& home, std::string_view name_or_id) {
  const auto outcome = call_setup_api(home, http::Method::get, kUsers, "");
  if (outcome.exit_code != kExitOk) return {outcome.exit_code, {}};
  const auto document = json::Document::parse(outcome.body);
  if (!document.ok()) return {print_error(document.error()), {}};
  const auto data = document->root().find("data");
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto user = data.at(i);
    const auto id = text_of(user.find("id"));
    if (id == name_or_id || folded_name(text_of(user.find("name"))) == folded_name(name_or_id))
      return {kExitOk, FoundUser{id, text_of(user.find("role"))}};
  }
  return {};
}

int no_such_user(std::string_view name) {
  return print_error(
      base::Error(base::ErrorCode::not_found,
                  fmt::format("There is no user '{}'. See them all: b3iq-host users list", name)));
}

std::string body_with(
    std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  for (const auto& [name, value] : members) w.member(name, value);
  w.end_object();
  return body;
}

void print_invited(json::Value answer) {
  const auto user = answer.find("user");
  fmt::print("{}\n", text_of(answer.find("url")));
  fmt::print(stderr,
             "This is the only time the invitation of '{}' ({}) is shown. It works once, until "
             "{}; whoever has it can log in as that user.\n",
             text_of(user.find("name")), text_of(user.find("id")),
             time_text(user.find("invitation_expires_at")));
}

}  // namespace

int run_users_list(const Home& home, OutputForm form) {
  return call_and_print(home, http::Method::get, kUsers, "", form, [](json::Value root) {
    std::vector<std::vector<std::string>> rows = {
        {"ID", "NAME", "ROLE", "STATUS", "LAST SEEN", "INVITED UNTIL"}};
    const auto data = root.find("data");
    for (std::size_t i = 0; i < data.size(); ++i) {
      const auto user = data.at(i);
      rows.push_back({text_of(user.find("id")), text_of(user.find("name")),
                      text_of(user.find("role")), text_of(user.find("status")),
                      time_text(user.find("last_seen_at")),
                      time_text(user.find("invitation_expires_at"))});
    }
    if (rows.size() == 1) {
      fmt::print("Nobody owns this node yet. Claim it: b3iq-host wizard url --with-token\n");
    } else {
      print_table(rows);
    }
  });
}

int run_users_invite(const Home& home, const UserOptions& options) {
  const auto [exit_code, user] = find_user(home, options.name);
  if (exit_code != kExitOk) return exit_code;
  if (user) {
    if (!options.role.empty() && options.role != user->role) {
      return print_usage_error(
          fmt::format("There is such a user, as {}. Another role: b3iq-host users role NAME --role "
                      "{}. A new invitation: leave out --role.",
                      user->role, options.role));
    }
    return call_and_print(home, http::Method::post,
                          fmt::format("{}/{}/invitation", kUsers, user->id), "", options.form,
                          print_invited);
  }
  if (options.role.empty()) {
    return print_usage_error(
        "A new user needs --role operator (runs the node) or --role viewer (only looks).");
  }
  const auto body = body_with({{"name", options.name}, {"role", options.role}});
  return call_and_print(home, http::Method::post, kUsers, body, options.form, print_invited);
}

int run_users_role(const Home& home, const UserOptions& options) {
  const auto [exit_code, user] = find_user(home, options.name);
  if (exit_code != kExitOk) return exit_code;
  if (!user) return no_such_user(options.name);
  return call_and_print(home, http::Method::post, fmt::format("{}/{}/role", kUsers, user->id),
                        body_with({{"role", options.role}}), options.form, [](json::Value changed) {
                          fmt::print("{} is {} now.\n", text_of(changed.find("name")),
                                     text_of(changed.find("role")));
                        });
}

int run_users_remove(const Home& home, const UserOptions& options) {
  const auto [exit_code, user] = find_user(home, options.name);
  if (exit_code != kExitOk) return exit_code;
  if (!user) return no_such_user(options.name);
  return call_and_print(home, http::Method::delete_, fmt::format("{}/{}", kUsers, user->id), "",
                        options.form, [&options](json::Value removed) {
                          fmt::print("Removed {} ({}).\n", options.name,
                                     text_of(removed.find("id")));
                        });
}

}  // namespace b3iq::agent
