#include "agent/models/model_job.h"

#include <array>
#include <utility>

#include "base/clock.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::array kKinds = {std::pair{JobKind::install, std::string_view("install")},
                               std::pair{JobKind::pull, std::string_view("pull")},
                               std::pair{JobKind::benchmark, std::string_view("benchmark")}};
constexpr std::array kStates = {std::pair{JobState::queued, std::string_view("queued")},
                                std::pair{JobState::running, std::string_view("running")},
                                std::pair{JobState::done, std::string_view("done")},
                                std::pair{JobState::failed, std::string_view("failed")},
                                std::pair{JobState::cancelled, std::string_view("cancelled")}};

template <class Table, class Key>
std::string_view name_in(const Table& table, Key key) {
  for (const auto& [value, name] : table)
    if (value == key) return name;
  return "";
}

std::string text(json::Value root, std::string_view name) {
  return std::string(root.find(name).string().value_or(""));
}

void write_bytes(json::Writer& w, const JobProgress& progress) {
  w.member("done_bytes", progress.done_bytes);
  w.key("total_bytes");
  if (progress.total_bytes) {
    w.value(*progress.total_bytes);
  } else {
    w.null();
  }
}

}  // namespace

std::string_view job_kind_name(JobKind kind) { return name_in(kKinds, kind); }
std::string_view job_state_name(JobState state) { return name_in(kStates, state); }

std::optional<JobKind> job_kind_of(std::string_view name) {
  for (const auto& [value, known] : kKinds)
    if (known == name) return value;
  return std::nullopt;
}

std::string job_document(const ModelJob& job) {
  std::string document;
  json::Writer w(document);
  w.begin_object();
  w.member("id", job.id);
  w.member("kind", job_kind_name(job.kind));
  w.member("state", job_state_name(job.state));
  w.member("model", job.model);
  w.key("request");
  w.raw(job.request);
  write_bytes(w, job.progress);
  w.member("error_code", job.error_code);
  w.member("error_detail", job.error_detail);
  w.member("result", job.result);
  w.member("created_at_ms", job.created_at_ms);
  w.member("updated_at_ms", job.updated_at_ms);
  w.end_object();
  return document;
}

Result<ModelJob> read_job(std::string_view document) {
  TRY(const auto parsed, json::Document::parse(document));
  const auto root = parsed.root();
  ModelJob job;
  job.id = text(root, "id");
  const auto kind = job_kind_of(text(root, "kind"));
  bool known_state = false;
  for (const auto& [value, name] : kStates) {
    if (text(root, "state") != name) continue;
    job.state = value;
    known_state = true;
  }
  if (job.id.empty() || !kind || !known_state)
    return Error(ErrorCode::corrupt, "A row of model_jobs in state.db is damaged.");
  job.kind = *kind;
  job.model = text(root, "model");
  job.request = root.find("request").to_text();
  job.progress.done_bytes = root.find("done_bytes").integer().value_or(0);
  job.progress.total_bytes = root.find("total_bytes").integer();
  job.error_code = text(root, "error_code");
  job.error_detail = text(root, "error_detail");
  job.result = text(root, "result");
  job.created_at_ms = root.find("created_at_ms").integer().value_or(0);
  job.updated_at_ms = root.find("updated_at_ms").integer().value_or(0);
  return job;
}

void write_job(json::Writer& w, const ModelJob& job) {
  w.begin_object();
  w.member("id", job.id);
  w.member("kind", job_kind_name(job.kind));
  w.member("state", job_state_name(job.state));
  w.member("model", job.model);
  w.member("phase", job.progress.phase);
  w.member("note", job.progress.note);
  write_bytes(w, job.progress);
  w.key("error");
  if (job.error_code.empty()) {
    w.null();
  } else {
    w.begin_object();
    w.member("code", job.error_code);
    w.member("detail", job.error_detail);
    w.end_object();
  }
  w.key("result");
  if (job.result.empty()) {
    w.null();
  } else {
    w.raw(job.result);
  }
  w.member("created_at", base::format_rfc3339(job.created_at_ms));
  w.member("updated_at", base::format_rfc3339(job.updated_at_ms));
  w.end_object();
}

}  // namespace b3iq::agent
