#include "agent/cli/setup_call.h"
#include "agent/cli/terminal.h"

namespace b3iq::agent {

namespace {
constexpr std::string_view kGrants = "/setup/v1/support-grants";
}

int run_support_grant(const Home& home, const SupportGrantOptions& options) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  w.member("note", options.note);
  if (!options.expires.empty()) w.member("expires", options.expires);
  w.end_object();
  return call_and_print(
      home, http::Method::post, kGrants, body, options.form, [](json::Value grant) {
        fmt::print("{}\n", text_of(grant.find("secret")));
        fmt::print(stderr,
                   "This is the only time the secret of {} is shown. It opens "
                   "this node's diagnostics until {}.\n",
                   text_of(grant.find("id")), time_text(grant.find("expires_at")));
      });
}

int run_support_list(const Home& home, OutputForm form) {
  return call_and_print(home, http::Method::get, kGrants, "", form, [](json::Value root) {
    std::vector<std::vector<std::string>> rows = {{"ID", "STATUS", "EXPIRES", "NOTE"}};
    const auto data = root.find("data");
    for (std::size_t i = 0; i < data.size(); ++i) {
      const auto grant = data.at(i);
      rows.push_back({text_of(grant.find("id")), text_of(grant.find("status")),
                      time_text(grant.find("expires_at")), text_of(grant.find("note"))});
    }
    if (rows.size() == 1) {
      fmt::print("No support grants. Make one: b3iq-host support grant --note NAME\n");
    } else {
      print_table(rows);
    }
  });
}

int run_support_revoke(const Home& home, const std::string& grant, OutputForm form) {
  const auto path = fmt::format("{}/{}", kGrants, grant);
  return call_and_print(home, http::Method::delete_, path, "", form, [](json::Value revoked) {
    fmt::print("Revoked {}.\n", text_of(revoked.find("id")));
  });
}

}  // namespace b3iq::agent
