#include "agent/local_api/ollama_routes.h"

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "agent/local_api/model_access.h"
#include "base/clock.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;
using http::Response;

namespace {

constexpr std::size_t kMaxShowBytes = 16 * 1024;

// Clients read these without asking whether they are there.
void write_details(json::Writer& w) {
  w.key("details");
  w.begin_object();
  for (const std::string_view name : {"parent_model", "format", "family"}) w.member(name, "");
  w.key("families");
  w.begin_array();
  w.end_array();
  for (const std::string_view name : {"parameter_size", "quantization_level"}) w.member(name, "");
  w.end_object();
}

void write_modified_at(json::Writer& w, std::int64_t created_s) {
  if (created_s > 0) w.member("modified_at", base::format_rfc3339(created_s * 1000));
}

void write_model(json::Writer& w, const ModelEntry& entry) {
  w.begin_object();
  w.member("name", entry.id);
  w.member("model", entry.id);
  write_modified_at(w, entry.created);
  if (entry.size_bytes > 0) w.member("size", entry.size_bytes);
  write_details(w);
  w.end_object();
}

bool may_see(const Principal& principal, const ModelEntry& entry) {
  const auto& resolved = entry.alias_of.empty() ? entry.id : entry.alias_of;
  return may_use_model(principal, entry.id, resolved);
}

Response model_list(ModelRegistry& models, const Principal& principal, bool loaded_only) {
  models.refresh_if_stale();
  return object_answer([&](json::Writer& w) {
    w.key("models");
    w.begin_array();
    for (const auto& entry : models.list()) {
      const bool listed = !loaded_only || entry.loaded == true;
      if (listed && may_see(principal, entry)) write_model(w, entry);
    }
    w.end_array();
  });
}

void write_capabilities(json::Writer& w, const inference::Capabilities& can) {
  w.key("capabilities");
  w.begin_array();
  if (can.chat) w.value("completion");
  if (can.chat && can.tools) w.value("tools");
  if (can.vision) w.value("vision");
  if (can.embeddings) w.value("embedding");
  w.end_array();
}

// Ollama names the context length by the model's architecture.
void write_model_info(json::Writer& w, const ModelTarget& target) {
  w.key("model_info");
  w.begin_object();
  w.member("general.architecture", "unknown");
  w.member("general.basename", target.id);
  const auto context = target.capabilities.context_tokens;
  if (context > 0) w.member("unknown.context_length", context);
  w.end_object();
}

Result<std::string> model_asked_for(std::string_view body) {
  TRY(const auto document, json::Document::parse(body));
  for (const std::string_view name : {"model", "name"}) {
    const auto model = document.root().find(name).string();
    if (model && !model->empty()) return std::string(*model);
  }
  return Error(ErrorCode::invalid_request, "Missing required parameter: 'model'.", "model");
}

Task<Result<Response>> show(ModelRegistry& models, http::Request& request,
                            const Principal& principal) {
  CO_TRY(const auto name, model_asked_for(request.body));
  CO_TRY(const auto route, co_await resolve_for(models, principal, name));
  for (const auto& target : route->targets) {
    if (!may_use_model(principal, name, target.id)) continue;
    co_return object_answer([&](json::Writer& w) {
      write_modified_at(w, target.created);
      write_details(w);
      write_model_info(w, target);
      write_capabilities(w, target.capabilities);
    });
  }
  co_return model_not_allowed(name);
}

}  // namespace

void OllamaRoutes::add_to(http::Router& router) {
  const auto self = *this;
  const auto add_list = [&](std::string_view path, std::string_view operation, bool loaded_only) {
    router.add(
        http::Method::get, path, operation, level, ollama_error, 0,
        [self, loaded_only](http::Request&, const Principal& principal) -> Task<Result<Response>> {
          co_return model_list(self.models, principal, loaded_only);
        });
  };
  add_list("/api/tags", "ollamaTags", false);
  add_list("/api/ps", "ollamaPs", true);
  router.add(http::Method::post, "/api/show", "ollamaShow", level, ollama_error, kMaxShowBytes,
             [self](http::Request& request, const Principal& principal) {
               return show(self.models, request, principal);
             });
  router.add(http::Method::get, "/api/version", "ollamaVersion", level, ollama_error, 0,
             [self](http::Request&, const Principal&) -> Task<Result<Response>> {
               co_return object_answer([&](json::Writer& w) {
                 w.member("version", kOllamaApiVersion);
                 w.key("b3iq");
                 w.begin_object();
                 w.member("version", self.version);
                 w.end_object();
               });
             });
}

}  // namespace b3iq::agent
