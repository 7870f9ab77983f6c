#include "agent/setup/settings_routes.h"

#include <algorithm>

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "agent/settings_table.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;
using http::Response;

namespace {

constexpr std::size_t kMaxBody = 256 * 1024;

Response setting_list(const SettingsView& view) {
  const auto& options = settings_table().options();
  return object_answer([&](json::Writer& w) {
    w.member("object", "list");
    w.member("restart_needed", std::ranges::any_of(options, [&](const config::Option& option) {
               return is_pending(option, view);
             }));
    w.key("data");
    w.begin_array();
    for (const auto& option : options) write_setting(w, option, view);
    w.end_array();
  });
}

Result<std::vector<config::Change>> read_changes(std::string_view body) {
  TRY(const auto document, json::Document::parse(body));
  const auto root = document.root();
  const auto changes = root.find("changes");
  if (root.size() != 1 || !changes.is_object()) {
    return Error(ErrorCode::invalid_request,
                 "The body must be {\"changes\": {NAME: VALUE, …}}; null takes the default again.",
                 "changes");
  }
  std::vector<config::Change> out;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const auto member = changes.member(i);
    config::Change change{std::string(member.name), std::nullopt};
    if (!member.value.is_null()) change.json = member.value.to_text();
    out.push_back(std::move(change));
  }
  return out;
}

Task<Result<Response>> list(const SettingsRoutes& self) {
  CO_TRY(const auto view, co_await self.settings.view());
  co_return setting_list(view);
}

Task<Result<Response>> change(const SettingsRoutes& self, const http::Request& request,
                              std::string actor) {
  CO_TRY(auto changes, read_changes(request.body));
  CO_TRY(const auto view, co_await self.settings.change(std::move(changes), std::move(actor)));
  co_return setting_list(view);
}

}  // namespace

void SettingsRoutes::add_to(http::Router& router) {
  const auto self = *this;
  router.add(http::Method::get, "/setup/v1/settings", "listSettings", levels.owner, native_error, 0,
             [self](http::Request&, const Principal&) { return list(self); });
  router.add(http::Method::post, "/setup/v1/settings", "changeSettings", levels.owner, native_error,
             kMaxBody, [self](http::Request& request, const Principal& caller) {
               return change(self, request, std::string(caller.account()));
             });
}

}  // namespace b3iq::agent
