#include "client/control_plane/customer_answers.h"

#include <fmt/format.h>

#include "protocol/member_reader.h"

namespace b3iq::client {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::size_t kMaxNameBytes = 256;
constexpr std::size_t kMaxDetailBytes = 2'048;

Error wrong(std::string_view member) {
  return Error(ErrorCode::upstream_failed,
               fmt::format("The control plane's answer is none that this program knows (member "
                           "{}). Is the address right, and is the program new enough?",
                           member),
               std::string(member));
}

// "" when it is absent or null.
Result<std::string> optional_text(json::Value object, std::string_view name) {
  const auto value = object.find(name);
  if (value.is_null()) return std::string();
  const auto text = value.string();
  if (!text || (!text->empty() && !protocol::is_printable(*text, kMaxNameBytes)))
    return wrong(name);
  return std::string(*text);
}

Result<Candidate> read_candidate(json::Value value) {
  Candidate candidate;
  auto node = protocol::NodeId::parse(value.find("node_id").string().value_or(""));
  if (!node.ok()) return wrong("node_id");
  candidate.node_id = std::move(node).value();
  auto binding = protocol::decode_transport_key_binding(value.find("transport_key"));
  if (!binding.ok()) return wrong("transport_key");
  candidate.binding = std::move(binding).value();
  const auto price = protocol::Amount::parse(value.find("quoted_price_wei").string().value_or(""));
  if (!price.ok()) return wrong("quoted_price_wei");
  candidate.price = *price;
  TRY(candidate.privacy_class, optional_text(value, "privacy_class"));
  return candidate;
}

Result<JobBilling> read_billing(json::Value value) {
  JobBilling billing;
  if (value.is_null()) return billing;
  if (!value.is_object()) return wrong("billing");
  TRY(billing.status, optional_text(value, "status"));
  TRY(billing.quoted_wei, optional_text(value, "quoted_price_wei"));
  TRY(billing.reserved_wei, optional_text(value, "reserved_price_wei"));
  return billing;
}

Result<JobStatus> read_status(json::Value value) {
  const auto status = protocol::job_status_from_name(value.string().value_or(""));
  if (!status) return wrong("status");
  return *status;
}

Result<JobView> read_view(json::Value value) {
  if (!value.is_object()) return wrong("job");
  JobView job;
  TRY(job.status, read_status(value.find("status")));
  TRY(job.job_id, optional_text(value, "job_id"));
  TRY(job.node_id, optional_text(value, "node_id"));
  TRY(job.model_id, optional_text(value, "model_id"));
  TRY(job.receipt_hash, optional_text(value, "receipt_hash"));
  TRY(job.created_at, optional_text(value, "created_at"));
  TRY(job.completed_at, optional_text(value, "completed_at"));
  TRY(job.failure, optional_text(value, "failure"));
  TRY(job.billing, read_billing(value.find("billing")));
  const auto answer = value.find("encrypted_response");
  if (!answer.is_null()) {
    auto envelope = protocol::decode_sealed_answer(answer);
    if (!envelope.ok()) return wrong("encrypted_response");
    job.answer = std::move(envelope).value();
  }
  return job;
}

Result<json::Value> data_of(json::Value root, std::size_t most) {
  const auto data = root.find("data");
  if (!data.is_array() || data.size() > most) return wrong("data");
  return data;
}

}  // namespace

bool nothing_billed(const JobBilling& billing) {
  return billing.status == "unbilled" || billing.status == "released" ||
         billing.status == "refunded";
}

Result<std::vector<Candidate>> read_candidates(std::string_view text) {
  TRY(const auto document, json::Document::parse(text));
  TRY(const auto data, data_of(document.root(), kMaxCandidates));
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < data.size(); ++i) {
    TRY(auto candidate, read_candidate(data.at(i)));
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

Result<JobView> read_job(std::string_view text) {
  TRY(const auto document, json::Document::parse(text));
  return read_view(document.root());
}

Result<std::vector<JobView>> read_jobs(std::string_view text) {
  TRY(const auto document, json::Document::parse(text));
  TRY(const auto data, data_of(document.root(), kMaxListedJobs));
  std::vector<JobView> jobs;
  for (std::size_t i = 0; i < data.size(); ++i) {
    TRY(auto job, read_view(data.at(i)));
    jobs.push_back(std::move(job));
  }
  return jobs;
}

Result<ModelPage> read_models(std::string_view text) {
  TRY(const auto document, json::Document::parse(text));
  TRY(const auto data, data_of(document.root(), kMaxListedModels));
  ModelPage page;
  TRY(page.next_after, optional_text(document.root(), "next_after"));
  for (std::size_t i = 0; i < data.size(); ++i) {
    TRY(auto name, optional_text(data.at(i), "model_id"));
    if (name.empty()) return wrong("model_id");
    page.names.push_back(std::move(name));
  }
  return page;
}

Error error_of_answer(int status, std::string_view body) {
  const auto document = json::Document::parse(body);
  if (document.ok()) {
    const auto error = document->root().find("error");
    const auto code = base::error_code_from_wire(error.find("code").string().value_or(""));
    const auto detail = error.find("detail").string();
    if (detail && protocol::is_printable(*detail, kMaxDetailBytes)) {
      return Error(code.value_or(ErrorCode::upstream_failed), std::string(*detail),
                   std::string(error.find("param").string().value_or("")));
    }
  }
  return Error(ErrorCode::upstream_failed,
               fmt::format("The answer has status {} and is none of a control plane's. Is another "
                           "program listening at that address?",
                           status));
}

}  // namespace b3iq::client
