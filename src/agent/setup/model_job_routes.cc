#include "agent/setup/model_job_routes.h"

#include <fmt/format.h>

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "agent/models/install_request.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;
using http::Response;

namespace {

constexpr std::size_t kMaxBody = 16 * 1024;
// Clients send `{}` with a POST that takes nothing.
constexpr std::size_t kMaxIgnoredBody = 1024;

Response job_answer(const ModelJob& job, int status = 200) {
  Response response;
  json::Writer w(response.body.emplace<std::string>());
  write_job(w, job);
  response.status = status;
  return response;
}

Task<Result<ModelJob>> begin_benchmark(const ModelJobRoutes& self, json::Value body) {
  const auto model = body.find("model").string();
  if (!model || model->empty()) {
    co_return Error(ErrorCode::invalid_request, "'model' must name the model to measure.", "model");
  }
  co_return co_await self.library.jobs().add(JobKind::benchmark, std::string(*model), "{}");
}

Task<Result<ModelJob>> begin(const ModelJobRoutes& self, json::Value body) {
  if (body.find("kind").string() == job_kind_name(JobKind::benchmark))
    co_return co_await begin_benchmark(self, body);
  CO_TRY(auto request, decode_install_request(body, self.library.catalogue()));
  const auto* there = self.library.store().find(request.name);
  if (request.kind == JobKind::install && there != nullptr &&
      !self.library.store().is_missing(*there)) {
    co_return Error(ErrorCode::conflict,
                    fmt::format("A model '{}' is installed already. Remove it first, or give this "
                                "one another name.",
                                request.name),
                    "name");
  }
  if (request.kind == JobKind::install && self.models.is_alias(request.name)) {
    co_return Error(ErrorCode::conflict,
                    fmt::format("'{}' is an alias in config.json, which the model would hide. Give "
                                "the model another name, or remove the alias.",
                                request.name),
                    "name");
  }
  const auto document = install_document(request);
  co_return co_await self.library.jobs().add(request.kind, request.name, document);
}

Task<Result<Response>> create(const ModelJobRoutes& self, const http::Request& request) {
  CO_TRY(const auto document, json::Document::parse(request.body));
  if (!document.root().is_object())
    co_return Error(ErrorCode::invalid_request, "The body must be a JSON object.");
  CO_TRY(const auto job, co_await begin(self, document.root()));
  co_return job_answer(job, 202);
}

Task<Result<Response>> cancel(const ModelJobRoutes& self, std::string id) {
  CO_TRY(const auto job, co_await self.library.jobs().cancel(std::move(id)));
  co_return job_answer(job);
}

Task<Result<Response>> resume(const ModelJobRoutes& self, std::string id) {
  CO_TRY(const auto job, co_await self.library.jobs().resume(std::move(id)));
  co_return job_answer(job, 202);
}

Task<Result<Response>> remove(const ModelJobRoutes& self, std::string id) {
  CO_TRY_OK(co_await self.library.jobs().remove(id));
  co_return object_answer([&](json::Writer& w) {
    w.member("id", id);
    w.member("removed", true);
  });
}

}  // namespace

void ModelJobRoutes::add_to(http::Router& router) {
  using http::Method;
  const auto self = *this;
  const auto id_of = [](const http::Request& request) {
    return std::string(request.path_parameters.at(0));
  };
  router.add(Method::get, "/setup/v1/model-jobs", "listModelJobs", levels.viewer, native_error, 0,
             [self](http::Request&, const Principal&) -> Task<Result<Response>> {
               co_return list_answer(
                   self.library.jobs().list(),
                   [](json::Writer& w, const ModelJob& job) { write_job(w, job); });
             });
  router.add(Method::post, "/setup/v1/model-jobs", "createModelJob", levels.operator_, native_error,
             kMaxBody,
             [self](http::Request& request, const Principal&) { return create(self, request); });
  router.add(Method::get, "/setup/v1/model-jobs/{job}", "getModelJob", levels.viewer, native_error,
             0, [self, id_of](http::Request& request, const Principal&) -> Task<Result<Response>> {
               const auto id = id_of(request);
               CO_TRY(const auto job, self.library.jobs().find(id));
               co_return job_answer(job);
             });
  router.add(Method::post, "/setup/v1/model-jobs/{job}/cancel", "cancelModelJob", levels.operator_,
             native_error, kMaxIgnoredBody,
             [self, id_of](http::Request& request, const Principal&) {
               return cancel(self, id_of(request));
             });
  router.add(Method::post, "/setup/v1/model-jobs/{job}/resume", "resumeModelJob", levels.operator_,
             native_error, kMaxIgnoredBody,
             [self, id_of](http::Request& request, const Principal&) {
               return resume(self, id_of(request));
             });
  router.add(Method::delete_, "/setup/v1/model-jobs/{job}", "removeModelJob", levels.operator_,
             native_error, 0, [self, id_of](http::Request& request, const Principal&) {
               return remove(self, id_of(request));
             });
}

}  // namespace b3iq::agent
