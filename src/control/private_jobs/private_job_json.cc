#include "control/private_jobs/private_job_json.h"

#include "base/clock.h"

namespace b3iq::control {
namespace {

void write_unless_empty(json::Writer& w, std::string_view name, std::string_view text) {
  if (!text.empty()) w.member(name, text);
}

void write_times(json::Writer& w, const PrivateJob& job) {
  w.member("created_at", base::format_rfc3339(job.created_at_ms));
  if (job.completed_at_ms != 0) w.member("completed_at", base::format_rfc3339(job.completed_at_ms));
}

void write_prices(json::Writer& w, const PrivateJob& job) {
  w.member("quoted_price_wei", job.quoted.to_string());
  w.member("reserved_price_wei", job.quoted.to_string());
  w.member("payout_price_wei", job.payout.to_string());
}

void write_billing(json::Writer& w, const PrivateJob& job) {
  w.key("billing");
  w.begin_object();
  w.member("customer_id", job.customer_id);
  w.member("policy_version", job.policy_version);
  write_prices(w, job);
  w.member("status", wire_name(job.billing));
  w.end_object();
}

// The command's arguments hold it.
void write_request(json::Writer& w, const std::string& arguments) {
  if (arguments.empty()) return;
  const auto document = json::Document::parse(arguments);
  if (!document.ok()) return;
  const auto envelope = document->root().find("envelope");
  if (!envelope.is_object()) return;
  w.key("encrypted_request");
  w.raw(envelope.to_text());
}

}  // namespace

void write_queued_job(json::Writer& w, const PrivateJob& job) {
  w.member("status", wire_name(JobStatus::queued));
  w.member("job_id", job.client_job_id);
  w.member("node_id", job.node_id.text());
  w.member("command_id", job.command_id.text());
  write_billing(w, job);
  w.member("created_at", base::format_rfc3339(job.created_at_ms));
}

void write_job_with_envelopes(json::Writer& w, const JobWithEnvelopes& found) {
  const auto& job = found.job;
  w.member("job_id", job.client_job_id);
  w.member("node_id", job.node_id.text());
  w.member("model_id", job.model_id);
  w.member("status", wire_name(job.status));
  if (found.is_stopping) w.member("stopping", true);
  write_request(w, found.request);
  if (!found.response.empty()) {
    w.key("encrypted_response");
    w.raw(found.response);
  }
  write_unless_empty(w, "receipt_hash", job.receipt_hash);
  write_billing(w, job);
  write_times(w, job);
}

void write_listed_job(json::Writer& w, const PrivateJob& job) {
  w.begin_object();
  w.member("job_id", job.client_job_id);
  w.member("server_job_id", job.id.text());
  w.member("node_id", job.node_id.text());
  w.member("model_id", job.model_id);
  w.member("status", wire_name(job.status));
  write_unless_empty(w, "failure", job.failure);
  write_unless_empty(w, "receipt_hash", job.receipt_hash);
  write_billing(w, job);
  write_times(w, job);
  w.end_object();
}

void write_billing_job(json::Writer& w, const PrivateJob& job) {
  w.member("job_id", job.client_job_id);
  w.member("node_id", job.node_id.text());
  w.member("model_id", job.model_id);
  w.member("status", wire_name(job.status));
  w.member("billing_status", wire_name(job.billing));
  w.member("customer_id", job.customer_id);
  write_prices(w, job);
  write_unless_empty(w, "receipt_hash", job.receipt_hash);
  write_times(w, job);
}

}  // namespace b3iq::control
