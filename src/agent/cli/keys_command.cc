#include <fmt/format.h>

#include <map>

#include "agent/cli/commands.h"
#include "agent/cli/setup_call.h"
#include "agent/cli/terminal.h"
#include "json/json.h"

namespace b3iq::agent {
namespace {

std::string key_body(const KeyCreateOptions& options) {
  std::string body;
  json::Writer w(body);
  const auto list = [&](std::string_view name, const std::vector<std::string>& values) {
    if (values.empty()) return;
    w.key(name);
    w.begin_array();
    for (const auto& value : values) w.value(std::string_view(value));
    w.end_array();
  };
  w.begin_object();
  w.member("name", options.name);
  w.member("user", options.user);
  list("scopes", options.scopes);
  list("models", options.models);
  if (!options.expires.empty()) w.member("expires", options.expires);
  w.member("requests_per_minute", options.requests_per_minute);
  w.member("tokens_per_minute", options.tokens_per_minute);
  w.member("budget_tokens", options.budget_tokens);
  w.member("budget_requests", options.budget_requests);
  if (!options.budget_period.empty()) w.member("budget_period", options.budget_period);
  w.end_object();
  return body;
}

std::string joined(json::Value list, std::string_view when_empty) {
  std::string out;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (!out.empty()) out += ',';
    out += list.at(i).string().value_or("");
  }
  return out.empty() ? std::string(when_empty) : out;
}

std::string limits_text(json::Value key) {
  std::string out;
  const auto add = [&](std::string_view name, std::string_view unit) {
    const auto number = key.find(name).integer().value_or(0);
    if (number == 0) return;
    if (!out.empty()) out += ' ';
    out += fmt::format("{}{}", number, unit);
  };
  add("requests_per_minute", "/min");
  add("tokens_per_minute", "tok/min");
  add("budget_requests", "req");
  add("budget_tokens", "tok");
  return out.empty() ? "-" : out;
}

std::map<std::string, std::string> names_of(const std::string& keys) {
  std::map<std::string, std::string> names;
  const auto document = json::Document::parse(keys);
  if (!document.ok()) return names;
  const auto data = document->root().find("data");
  for (std::size_t i = 0; i < data.size(); ++i)
    names.emplace(text_of(data.at(i).find("id")), text_of(data.at(i).find("name")));
  return names;
}

}  // namespace

int run_key_create(const Home& home, const KeyCreateOptions& options) {
  return call_and_print(home, http::Method::post, "/setup/v1/keys", key_body(options), options.form,
                        [](json::Value key) {
                          fmt::print("{}\n", text_of(key.find("secret")));
                          fmt::print(stderr,
                                     "This is the only time the secret of '{}' ({}) is shown. Keep "
                                     "it in a file of mode 600.\n",
                                     text_of(key.find("name")), text_of(key.find("id")));
                        });
}

int run_key_list(const Home& home, OutputForm form) {
  return call_and_print(home, http::Method::get, "/setup/v1/keys", "", form, [](json::Value root) {
    std::vector<std::vector<std::string>> rows = {
        {"ID", "NAME", "USER", "STATUS", "SCOPES", "MODELS", "LIMITS", "EXPIRES", "LAST USED"}};
    const auto data = root.find("data");
    for (std::size_t i = 0; i < data.size(); ++i) {
      const auto key = data.at(i);
      const auto user = text_of(key.find("user"));
      rows.push_back({text_of(key.find("id")), text_of(key.find("name")), user.empty() ? "-" : user,
                      text_of(key.find("status")), joined(key.find("scopes"), "-"),
                      joined(key.find("models"), "all"), limits_text(key),
                      time_text(key.find("expires_at")), time_text(key.find("last_used_at"))});
    }
    if (rows.size() == 1) {
      fmt::print("No keys yet. Make one: b3iq-host keys create --name my-app\n");
    } else {
      print_table(rows);
    }
  });
}

int run_key_revoke(const Home& home, const std::string& key, OutputForm form) {
  const auto path = "/setup/v1/keys/" + key;
  return call_and_print(home, http::Method::delete_, path, "", form, [](json::Value revoked) {
    fmt::print("Revoked {} ({}).\n", text_of(revoked.find("name")), text_of(revoked.find("id")));
  });
}

int run_key_usage(const Home& home, OutputForm form) {
  if (form == OutputForm::json)
    return call_and_print(home, http::Method::get, "/setup/v1/usage", "", form, [](json::Value) {});
  // Use is booked by the keys' ids; people know their names.
  const auto keys = call_setup_api(home, http::Method::get, "/setup/v1/keys", "");
  if (keys.exit_code != kExitOk) return keys.exit_code;
  const auto names = names_of(keys.body);
  return call_and_print(
      home, http::Method::get, "/setup/v1/usage", "", form, [&names](json::Value root) {
        std::vector<std::vector<std::string>> rows = {
            {"DAY", "ACCOUNT", "NAME", "MODEL", "REQUESTS", "PROMPT", "COMPLETION"}};
        const auto data = root.find("data");
        const auto number = [](json::Value v) {
          return fmt::format("{}", v.integer().value_or(0));
        };
        for (std::size_t i = 0; i < data.size(); ++i) {
          const auto row = data.at(i);
          const auto account = text_of(row.find("account"));
          const auto name = names.find(account);
          rows.push_back({text_of(row.find("day")), account,
                          name == names.end() ? "-" : name->second, text_of(row.find("model")),
                          number(row.find("requests")), number(row.find("prompt_tokens")),
                          number(row.find("completion_tokens"))});
        }
        if (rows.size() == 1) {
          fmt::print("Nothing used yet.\n");
        } else {
          print_table(rows);
        }
      });
}

}  // namespace b3iq::agent
