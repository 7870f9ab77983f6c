#include "agent/setup/model_library_routes.h"

#include <sys/statvfs.h>

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "agent/setup/body_texts.h"
#include "base/clock.h"

namespace b3iq::agent {

using base::Result;
using base::Task;
using http::Response;

namespace {

constexpr std::size_t kMaxBody = 4 * 1024;

void write_known(json::Writer& w, std::string_view name, std::int64_t number) {
  w.key(name);
  if (number > 0) {
    w.value(number);
  } else {
    w.null();
  }
}

// What the node can say before it has tried: the catalogue's estimate against this machine.
std::string_view fit_of(const CatalogueModel& model, const runtimes::MachineMemory& memory,
                        std::int64_t budget) {
  if (memory.total_bytes == 0) return "unknown";
  if (model.min_ram_bytes > memory.total_bytes) return "hardware_unsupported";
  return model.min_ram_bytes > budget ? "not_now" : "ready_to_install";
}

void write_catalogue_model(json::Writer& w, const ModelLibraryRoutes& self,
                           const CatalogueModel& model, const runtimes::MachineMemory& memory,
                           std::int64_t budget) {
  w.begin_object();
  w.member("id", model.id);
  w.member("name", model.name);
  w.member("family", model.family);
  w.member("kind", catalogue_kind_name(model.kind));
  w.member("parameters", model.parameters.value_or(""));
  w.member("license", model.license_id);
  w.member("license_url", model.license_url);
  w.member("quantization", model.quantization);
  write_known(w, "context_tokens", model.context_tokens.value_or(0));
  w.member("download_bytes", model.download_bytes());
  w.member("min_ram_bytes", model.min_ram_bytes);
  w.member("min_vram_bytes", model.min_vram_bytes);
  const bool installed = self.library.store().find(model.id) != nullptr;
  w.member("status", installed ? "installed" : fit_of(model, memory, budget));
  w.key("files");
  w.begin_array();
  for (const auto& file : model.files) {
    w.begin_object();
    w.member("role", file.role == CatalogueFileRole::model ? "model" : "projector");
    w.member("name", file.name);
    w.member("url", file.url);
    w.member("size_bytes", file.size_bytes);
    w.member("sha256", file.sha256.value_or(""));
    w.end_object();
  }
  w.end_array();
  w.end_object();
}

Response list_catalogue(const ModelLibraryRoutes& self) {
  const auto memory = runtimes::machine_memory();
  const auto budget = self.library.host().budget_bytes();
  return list_answer(
      self.library.catalogue().models,
      [&](json::Writer& w, const CatalogueModel& model) {
        write_catalogue_model(w, self, model, memory, budget);
      },
      [&](json::Writer& w) {
        w.member("checked", self.library.catalogue().checked);
        w.member("about", self.library.catalogue().about);
      });
}

void write_model(json::Writer& w, const ModelLibraryRoutes& self, const InstalledModel& model) {
  const auto state = self.library.host().state(model.id);
  const bool missing = self.library.store().is_missing(model);
  w.begin_object();
  w.member("id", model.id);
  w.member("kind", model.kind);
  w.member("architecture", model.architecture);
  w.member("quantization", model.quantization);
  w.member("license", model.license);
  write_known(w, "parameters", model.parameters);
  write_known(w, "trained_context_tokens", model.trained_context_tokens);
  write_known(w, "context_tokens", model.learned.context_tokens);
  w.member("bytes", model.bytes);
  w.member("sha256", model.sha256);
  w.member("source", model.source);
  w.member("installed_at", base::format_rfc3339(model.installed_at_ms));
  write_known(w, "estimated_memory_bytes", model.estimated_memory_bytes);
  write_known(w, "measured_memory_bytes", model.learned.memory_bytes);
  w.member("loaded", state.loaded);
  w.member("state", state.loaded ? runtimes::worker_state_name(state.worker.state)
                    : missing    ? "file missing"
                                 : "not loaded");
  w.member("load_progress", state.loaded ? state.worker.load_progress : 0.0);
  w.member("calls", state.calls);
  w.end_object();
}

Response installed(const ModelLibraryRoutes& self) {
  const auto models = self.library.store().list();
  return list_answer(
      models, [&](json::Writer& w, const InstalledModel& model) { write_model(w, self, model); },
      [&](json::Writer& w) {
        std::int64_t bytes = 0;
        for (const auto& model : models)
          bytes += self.library.store().is_missing(model) ? 0 : model.bytes;
        w.member("disk_used_bytes", bytes);
        struct statvfs disk{};
        const bool known = ::statvfs(self.library.store().folder().c_str(), &disk) == 0;
        write_known(w, "disk_free_bytes",
                    known ? static_cast<std::int64_t>(disk.f_bavail * disk.f_frsize) : 0);
        w.member("memory_used_bytes", self.library.host().used_bytes());
        w.member("memory_budget_bytes", self.library.host().budget_bytes());
      });
}

Task<Result<Response>> remove(const ModelLibraryRoutes& self, std::string id) {
  CO_TRY_OK(co_await self.library.remove(id));
  co_return object_answer([&](json::Writer& w) {
    w.member("id", id);
    w.member("removed", true);
  });
}

Task<Result<Response>> load(const ModelLibraryRoutes& self, const http::Request& request,
                            bool wanted, base::CancelToken cancel) {
  std::string model;
  CO_TRY_OK(read_body_texts(request.body, {{"model", model}}));
  const auto& store = self.library.store();
  const bool loaded = self.library.host().state(model).loaded;
  const auto* installed = store.find(model);
  if (installed == nullptr || (!loaded && store.is_missing(*installed)))
    co_return store.not_usable(model);
  if (wanted && !loaded) store.look_again();
  if (wanted) {
    CO_TRY_OK(co_await self.library.host().load(model, cancel));
  } else {
    CO_TRY_OK(co_await self.library.host().unload(model));
  }
  const auto state = self.library.host().state(model);
  co_return object_answer([&](json::Writer& w) {
    w.member("id", model);
    w.member("loaded", state.loaded);
    write_known(w, "memory_bytes", state.memory_bytes);
  });
}

Task<Result<Response>> list_benchmarks(const ModelLibraryRoutes& self) {
  CO_TRY(const auto kept, co_await self.library.benchmarks().list());
  co_return list_answer(kept,
                        [](json::Writer& w, const std::string& document) { w.raw(document); });
}

}  // namespace

void ModelLibraryRoutes::add_to(http::Router& router) {
  using http::Method;
  const auto self = *this;
  router.add(Method::get, "/setup/v1/catalogue", "listCatalogue", levels.viewer, native_error, 0,
             [self](http::Request&, const Principal&) -> Task<Result<Response>> {
               co_return list_catalogue(self);
             });
  router.add(Method::get, "/setup/v1/installed-models", "listInstalledModels", levels.viewer,
             native_error, 0, [self](http::Request&, const Principal&) -> Task<Result<Response>> {
               co_return installed(self);
             });
  router.add(Method::delete_, "/setup/v1/installed-models/{model*}", "removeInstalledModel",
             levels.operator_, native_error, 0, [self](http::Request& request, const Principal&) {
               return remove(self, std::string(request.path_parameters.at(0)));
             });
  router.add(Method::post, "/setup/v1/models/load", "loadModel", levels.operator_, native_error,
             kMaxBody, [self](http::Request& request, const Principal&) {
               return load(self, request, true, request.cancel);
             });
  router.add(Method::post, "/setup/v1/models/unload", "unloadModel", levels.operator_, native_error,
             kMaxBody, [self](http::Request& request, const Principal&) {
               return load(self, request, false, request.cancel);
             });
  router.add(Method::get, "/setup/v1/benchmarks", "listBenchmarks", levels.viewer, native_error, 0,
             [self](http::Request&, const Principal&) { return list_benchmarks(self); });
}

}  // namespace b3iq::agent
