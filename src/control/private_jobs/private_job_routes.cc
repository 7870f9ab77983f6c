#include "control/private_jobs/private_job_routes.h"

#include "control/private_jobs/private_job_json.h"
#include "crypto/sha256.h"
#include "http/json_response.h"
#include "http/query_parameters.h"
#include "protocol/public_model_name.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using http::Request;
using http::Response;

namespace {

constexpr std::int64_t kMsPerSecond = 1'000;
constexpr std::size_t kMaxParameterBytes = 256;
constexpr int kAccepted = 202;

Error unknown_parameter(std::string_view names) {
  return Error(ErrorCode::invalid_request, "The query takes " + std::string(names) + ".");
}

std::string name_of(const Request& request) { return std::string(request.path_parameters.at(0)); }

Task<Result<Response>> queue(const PrivateJobParts& parts, const Request& request,
                             const Customer& customer) {
  RequestIdentity identity;
  if (const auto key = request.header("idempotency-key")) {
    CO_TRY_OK(check_idempotency_key(*key));
    identity.key_hash = crypto::sha256(*key);
    identity.body_hash = crypto::sha256(request.body);
  }
  CO_TRY(auto asked, read_job_request(request.body));
  CO_TRY(const auto job, co_await parts.jobs.queue(customer.id, std::move(asked), identity));
  auto response = http::object_answer([&](json::Writer& w) { write_queued_job(w, job); });
  response.status = kAccepted;
  co_return response;
}

Result<std::int64_t> read_wait_ms(const Request& request) {
  std::int64_t wait_seconds = 0;
  TRY_OK(http::each_parameter(
      request.query, [&](std::string_view name, std::string_view value) -> Status {
        if (name != "wait_seconds") return unknown_parameter("wait_seconds");
        TRY(wait_seconds, http::integer_parameter(name, value, 0, kMaxJobWaitSeconds));
        return {};
      }));
  return wait_seconds * kMsPerSecond;
}

Task<Result<Response>> get(const PrivateJobParts& parts, const Request& request,
                           const Customer& customer) {
  CO_TRY(const auto wait_ms, read_wait_ms(request));
  CO_TRY(const auto found,
         co_await parts.jobs.get(customer.id, name_of(request), wait_ms, request.cancel));
  co_return http::object_answer([&](json::Writer& w) { write_job_with_envelopes(w, found); });
}

Result<JobQuery> read_query(const Request& request, const Customer& customer) {
  JobQuery query;
  query.customer_id = customer.id;
  TRY_OK(http::each_parameter(
      request.query, [&](std::string_view name, std::string_view raw) -> Status {
        if (name == "limit") {
          TRY(query.limit, http::integer_parameter(name, raw, 1, kMaxJobsPerPage));
          return {};
        }
        TRY(auto value, http::text_parameter(name, raw, kMaxParameterBytes));
        if (name == "before") {
          query.before_id = std::move(value);
          return {};
        }
        if (name != "status") return unknown_parameter("limit, before and status");
        query.status = job_status_from_name(value);
        if (query.status) return {};
        return Error(ErrorCode::invalid_request,
                     "'status' is queued, claimed, running, awaiting_receipt, completed, failed, "
                     "cancelled or expired.",
                     "status");
      }));
  return query;
}

Task<Result<Response>> list(const PrivateJobParts& parts, const Request& request,
                            const Customer& customer) {
  CO_TRY(auto query, read_query(request, customer));
  const auto limit = query.limit;
  CO_TRY(const auto jobs, co_await parts.jobs.list(std::move(query)));
  co_return http::list_answer(jobs, write_listed_job, [&](json::Writer& w) {
    w.key("next_before");
    if (std::ssize(jobs) == limit) {
      w.value(jobs.back().id.text());
    } else {
      w.null();
    }
  });
}

Task<Result<Response>> cancel(const PrivateJobParts& parts, const Request& request,
                              const Customer& customer) {
  if (!request.body.empty() && request.body != "{}") {
    co_return Error(ErrorCode::invalid_request, "This takes no body; leave it out.");
  }
  CO_TRY(const auto job, co_await parts.jobs.cancel(customer.id, name_of(request)));
  co_return http::object_answer([&](json::Writer& w) { write_job_with_envelopes(w, job); });
}

Task<Result<Response>> billing(const PrivateJobParts& parts, const Request& request,
                               const Customer& customer) {
  if (!request.query.empty())
    co_return Error(ErrorCode::invalid_request, "This takes no query; leave it out.");
  CO_TRY(const auto job, co_await parts.jobs.find(customer.id, name_of(request)));
  co_return http::object_answer([&](json::Writer& w) { write_billing_job(w, job); });
}

Task<Result<Response>> candidates(const PrivateJobParts& parts, const Request& request,
                                  const Customer& customer) {
  std::string model_id;
  CO_TRY_OK(http::each_parameter(
      request.query, [&](std::string_view name, std::string_view raw) -> Status {
        if (name != "model_id") return unknown_parameter("model_id");
        TRY(model_id, http::text_parameter(name, raw, kMaxParameterBytes));
        return {};
      }));
  if (!protocol::is_public_model_name(model_id)) {
    co_return Error(ErrorCode::invalid_request,
                    "Say which model: ?model_id=NAME, such as llama3.1:8b.", "model_id");
  }
  CO_TRY(const auto found, co_await parts.candidates.list(customer, model_id));
  const auto write_one = [&](json::Writer& w, const Candidate& node) {
    w.begin_object();
    w.member("node_id", node.node_id);
    w.member("model_id", model_id);
    w.member("queue_depth", node.queue_depth);
    w.member("policy_version", found.quote.policy_version);
    w.member("quoted_price_wei", found.quote.split.charged.to_string());
    w.key("transport_key");
    w.raw(node.transport_key);
    w.end_object();
  };
  co_return http::list_answer(found.nodes, write_one);
}

}  // namespace

void add_private_job_routes(http::Router& router, const PrivateJobParts& parts) {
  using http::Method;
  const auto add = [&](Method method, std::string_view pattern, std::string_view id,
                       std::size_t max_body_bytes, auto handler) {
    add_customer_route(router, parts.level, method, pattern, id, max_body_bytes,
                       [parts, handler](Request& request, const Customer& customer) {
                         return handler(parts, request, customer);
                       });
  };
  constexpr std::string_view kJobs = "/v1/private-inference/jobs";
  constexpr std::size_t kMaxCancelBytes = 2;  // {}
  add(Method::post, kJobs, "queuePrivateJob", parts.max_body_bytes, queue);
  add(Method::get, kJobs, "listPrivateJobs", 0, list);
  add(Method::get, "/v1/private-inference/jobs/{job_id}", "getPrivateJob", 0, get);
  add(Method::post, "/v1/private-inference/jobs/{job_id}/cancel", "cancelPrivateJob",
      kMaxCancelBytes, cancel);
  add(Method::get, "/v1/private-inference/candidates", "listPrivateJobCandidates", 0, candidates);
  add(Method::get, "/v1/billing/jobs/{job_id}", "getBillingJob", 0, billing);
}

}  // namespace b3iq::control
