// /v1/admin/private-jobs: what there is, without envelopes, and what is done to those that stand
// still or are old.
#include "base/expiry.h"
#include "control/admin/admin_body.h"
#include "control/admin/admin_page.h"
#include "control/admin/admin_routes.h"
#include "http/json_response.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using http::Request;
using http::Response;

namespace {

constexpr std::size_t kMaxDurationBytes = 8;

void write_members(json::Writer& w, const PrivateJob& job) {
  w.member("id", job.id.text());
  w.member("client_job_id", job.client_job_id);
  w.member("customer_id", job.customer_id);
  w.member("node_id", job.node_id.text());
  w.member("model_id", job.model_id);
  w.member("command_id", job.command_id.text());
  w.member("key_id", job.key_id);
  w.member("privacy_class", job.privacy_class);
  w.member("status", wire_name(job.status));
  w.member("billing_status", wire_name(job.billing));
  write_text(w, "failure", job.failure);
  w.member("policy_version", job.policy_version);
  w.member("quoted_price_wei", job.quoted.to_string());
  w.member("payout_price_wei", job.payout.to_string());
  w.member("price_capped", job.price_capped);
  write_text(w, "receipt_hash", job.receipt_hash);
  write_time(w, "created_at", job.created_at_ms);
  write_time(w, "changed_at", job.changed_at_ms);
  write_time(w, "completed_at", job.completed_at_ms);
  write_time(w, "purged_at", job.purged_at_ms);
}

void write_job(json::Writer& w, const PrivateJob& job) {
  w.begin_object();
  write_members(w, job);
  w.end_object();
}

Task<Result<Response>> list(const AdminParts& parts, const Request& request, const AdminCaller&) {
  JobQuery query;
  const auto customer = [&query](const std::string& value) -> Status {
    query.customer_id = value;
    return {};
  };
  const auto status = [&query](const std::string& value) -> Status {
    query.status = job_status_from_name(value);
    if (query.status) return {};
    return Error(ErrorCode::invalid_request,
                 "'status' is queued, claimed, running, awaiting_receipt, completed, failed, "
                 "cancelled or expired.",
                 "status");
  };
  CO_TRY(auto page,
         read_page(request.query, kMaxJobsPerPage, {{"customer", customer}, {"status", status}}));
  query.before_id = std::move(page.before);
  query.limit = page.limit;
  CO_TRY(const auto jobs, co_await parts.private_jobs.list(std::move(query)));
  co_return http::list_answer(jobs, write_job, [&](json::Writer& w) {
    write_next(w, "next_before", jobs.empty() ? "" : jobs.back().id.text(),
               std::ssize(jobs) == page.limit);
  });
}

Task<Result<Response>> show(const AdminParts& parts, const Request& request, const AdminCaller&) {
  CO_TRY(const auto job,
         co_await parts.private_jobs.show(std::string(request.path_parameters.at(0))));
  co_return http::object_answer([&](json::Writer& w) { write_members(w, job); });
}

Result<Doing> read_mode(const AdminBody& body, std::string_view really) {
  TRY(const auto mode, body.text("mode"));
  if (mode == "dry_run") return Doing::dry_run;
  if (mode == really) return Doing::really;
  return Error(ErrorCode::invalid_request,
               "'mode' is dry_run (say what would be done) or " + std::string(really) + ".",
               "mode");
}

Task<Result<Response>> recover(const AdminParts& parts, const Request& request,
                               const AdminCaller& caller) {
  CO_TRY(const auto body, AdminBody::parse(request.body, {"mode"}));
  CO_TRY(const auto doing, read_mode(body, "release"));
  CO_TRY(const auto jobs, co_await parts.job_upkeep.recover(doing, caller.actor));
  const auto write_one = [](json::Writer& w, const RecoveredJob& one) {
    w.begin_object();
    w.member("id", one.job.id.text());
    w.member("customer_id", one.job.customer_id);
    w.member("status", wire_name(one.job.status));
    w.member("ends_as", wire_name(one.ends_as));
    w.member("reserved_price_wei", one.job.quoted.to_string());
    write_time(w, "created_at", one.job.created_at_ms);
    w.member("done", one.done);
    w.end_object();
  };
  co_return http::list_answer(jobs, write_one, [&](json::Writer& w) {
    w.member("more", std::ssize(jobs) == kMaxRecoveredAtOnce);
  });
}

Task<Result<Response>> purge(const AdminParts& parts, const Request& request,
                             const AdminCaller& caller) {
  CO_TRY(const auto body, AdminBody::parse(request.body, {"mode", "older_than"}));
  CO_TRY(const auto doing, read_mode(body, "purge"));
  std::int64_t kept_ms = kEnvelopesKeptMs;
  if (body.has("older_than")) {
    CO_TRY(const auto text, body.text("older_than"));
    const auto now = parts.clock.wall_ms();
    const auto given = base::parse_expiry(text, now);
    if (!given.ok() || text.size() > kMaxDurationBytes) {
      co_return Error(ErrorCode::invalid_request, "'older_than' is a time such as 12h or 30d.",
                      "older_than");
    }
    kept_ms = *given - now;
  }
  CO_TRY(const auto report, co_await parts.job_upkeep.purge(doing, kept_ms, caller.actor));
  co_return http::object_answer([&](json::Writer& w) {
    w.member("dry_run", doing == Doing::dry_run);
    w.member("jobs", report.jobs);
    w.member("more", report.more);
  });
}

}  // namespace

void add_admin_private_job_routes(http::Router& router, const AdminParts& parts) {
  using http::Method;
  const auto add = [&](auto& level, Method method, std::string_view pattern, std::string_view id,
                       auto handler) {
    add_admin_route(router, level, method, pattern, id,
                    method == Method::post ? parts.max_body_bytes : 0,
                    [parts, handler](Request& request, const AdminCaller& caller) {
                      return handler(parts, request, caller);
                    });
  };
  auto& levels = parts.levels;
  add(levels.operator_, Method::get, "/v1/admin/private-jobs", "listAllPrivateJobs", list);
  add(levels.operator_, Method::get, "/v1/admin/private-jobs/{job}", "showPrivateJob", show);
  add(levels.admin, Method::post, "/v1/admin/private-jobs/recovery", "recoverPrivateJobs", recover);
  add(levels.admin, Method::post, "/v1/admin/private-jobs/purge", "purgePrivateJobs", purge);
}

}  // namespace b3iq::control
