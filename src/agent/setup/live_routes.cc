#include "agent/setup/live_routes.h"

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "agent/local_api/live_call_json.h"

namespace b3iq::agent {

using base::Result;
using base::Task;
using http::Response;

namespace {

Response live(const LiveRoutes& self) {
  return object_answer([&](json::Writer& w) {
    w.member("object", "list");
    w.key("data");
    w.begin_array();
    const auto now = self.clock.steady_ns();
    self.calls.each(
        [&](LiveCallNode& node) { write_live_call(w, static_cast<ModelCall&>(node), now); });
    w.end_array();
  });
}

ModelCall* find_call(LiveCalls& calls, std::string_view id) {
  ModelCall* found = nullptr;
  calls.each([&](LiveCallNode& node) {
    auto& call = static_cast<ModelCall&>(node);
    if (call.id() == id) found = &call;
  });
  return found;
}

Task<Result<Response>> stop(const LiveRoutes& self, std::string id, std::string actor) {
  auto* call = find_call(self.calls, id);
  if (call == nullptr || !call->stop()) {
    co_return base::Error(base::ErrorCode::not_found,
                          "No call of this id runs. It may have ended already.");
  }
  self.audit.note({std::move(actor), "call.stopped", id});
  CO_TRY_OK(co_await self.audit.noted());
  co_return object_answer([&](json::Writer& w) {
    w.member("id", id);
    w.member("stopped", true);
  });
}

void write_capabilities(json::Writer& w, const inference::Capabilities& can) {
  const std::pair<bool, std::string_view> list[] = {
      {can.chat, "chat"},        {can.embeddings, "embeddings"}, {can.tools, "tools"},
      {can.vision, "vision"},    {can.audio, "audio"},           {can.json_schema, "json_schema"},
      {can.logprobs, "logprobs"}};
  w.key("capabilities");
  w.begin_array();
  for (const auto& [able, name] : list) {
    if (able) w.value(name);
  }
  w.end_array();
}

void write_optional(json::Writer& w, std::string_view name, std::int64_t number) {
  w.key(name);
  if (number > 0) {
    w.value(number);
  } else {
    w.null();
  }
}

void write_model(json::Writer& w, const ModelEntry& entry) {
  w.begin_object();
  w.member("id", entry.id);
  w.member("alias_of", entry.alias_of);
  w.key("runtimes");
  w.begin_array();
  for (const auto& target : entry.route->targets) w.value(target.runtime->id());
  w.end_array();
  const auto& first = entry.route->targets.front();
  write_optional(w, "context_tokens", first.capabilities.context_tokens);
  write_optional(w, "size_bytes", first.size_bytes);
  w.key("loaded");
  if (first.loaded) {
    w.value(*first.loaded);
  } else {
    w.null();
  }
  write_capabilities(w, first.capabilities);
  w.end_object();
}

}  // namespace

void LiveRoutes::add_to(http::Router& router) {
  const auto self = *this;
  router.add(
      http::Method::get, "/setup/v1/live", "listLiveCalls", levels.viewer, native_error, 0,
      [self](http::Request&, const Principal&) -> Task<Result<Response>> { co_return live(self); });
  router.add(http::Method::delete_, "/setup/v1/live/{call}", "stopLiveCall", levels.operator_,
             native_error, 0,
             [self](http::Request& request, const Principal& caller) -> Task<Result<Response>> {
               co_return co_await stop(self, std::string(request.path_parameters.at(0)),
                                       std::string(caller.account()));
             });
  router.add(http::Method::get, "/setup/v1/models", "listOwnerModels", levels.viewer, native_error,
             0, [self](http::Request&, const Principal&) -> Task<Result<Response>> {
               co_return list_answer(self.models.list(), write_model);
             });
}

}  // namespace b3iq::agent
