#include "agent/sync/node_commands.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/backup/durable_file.h"
#include "agent/models/install_request.h"
#include "base/bytes.h"
#include "crypto/sha256.h"
#include "json/json.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;
using protocol::CommandOutcome;
using protocol::CommandPhase;

namespace {

// How often a job is looked at, and so how old the progress that a poll tells may be.
constexpr std::int64_t kLookMs = 250;
constexpr double kMilli = 1'000;

std::int64_t bounded(std::int64_t value, std::int64_t most) {
  return std::clamp<std::int64_t>(value, 0, most);
}

CommandPhase phase_of(const JobProgress& progress) {
  if (progress.phase.starts_with("receiving")) return CommandPhase::downloading;
  if (progress.phase.starts_with("verifying")) return CommandPhase::verifying;
  return progress.phase.empty() ? CommandPhase::preparing : CommandPhase::running;
}

protocol::ProbedState probed_state(inference::RuntimeState state) {
  switch (state) {
    case inference::RuntimeState::ready:
      return protocol::ProbedState::ready;
    case inference::RuntimeState::loading:
      return protocol::ProbedState::loading;
    case inference::RuntimeState::unreachable:
      break;
  }
  return protocol::ProbedState::unreachable;
}

Error job_error(const ModelJob& job) {
  const auto code = base::error_code_from_wire(job.error_code);
  return {code.value_or(ErrorCode::internal), job.error_detail};
}

std::optional<crypto::Sha256Digest> digest_of(std::string_view hex) {
  crypto::Sha256Digest digest{};
  const auto bytes = base::from_hex(hex);
  if (!bytes || bytes->size() != digest.size()) return std::nullopt;
  std::ranges::copy(*bytes, digest.begin());
  return digest;
}

}  // namespace

Task<Result<CommandOutcome>> NodeCommands::run(const protocol::CommandArguments& arguments,
                                               CommandTimes times, CommandProgress& progress,
                                               base::CancelToken cancel) {
  progress.phase = CommandPhase::running;
  switch (protocol::kind_of(arguments)) {
    case protocol::CommandKind::benchmark_smoke:
      return benchmark(std::get<protocol::BenchmarkSmokeArguments>(arguments), cancel);
    case protocol::CommandKind::runtime_probe:
      return probe_runtimes();
    case protocol::CommandKind::model_install:
      return install(std::get<protocol::ModelInstallArguments>(arguments), progress, cancel);
    case protocol::CommandKind::model_remove:
      return remove(std::get<protocol::ModelRemoveArguments>(arguments));
    case protocol::CommandKind::support_bundle:
      return bundle();
    case protocol::CommandKind::rotate_transport_key:
      return rotate(
          {times.now_ms, std::get<protocol::RotateTransportKeyArguments>(arguments).grace_seconds});
    case protocol::CommandKind::refresh_inventory:
      return refresh();
    case protocol::CommandKind::agent_update_check:
      return check_updates(cancel);
    case protocol::CommandKind::private_inference:
      return needs_.private_jobs.run(std::get<protocol::PrivateInferenceArguments>(arguments),
                                     times, progress, cancel);
    case protocol::CommandKind::route_health_check:
      break;
  }
  return check_route();
}

// No node has a route yet: the honest answer.
Task<Result<CommandOutcome>> NodeCommands::check_route() {
  co_return CommandOutcome(protocol::RouteHealthCheckOutcome());
}

Task<Result<CommandOutcome>> NodeCommands::benchmark(
    const protocol::BenchmarkSmokeArguments& arguments, base::CancelToken cancel) {
  auto measuring = needs_.library.benchmarks().smoke(
      arguments.model_id, static_cast<int>(arguments.max_tokens), cancel);
  CO_TRY(const auto figures, co_await std::move(measuring));
  protocol::BenchmarkSmokeOutcome outcome;
  outcome.model_id = arguments.model_id;
  outcome.prompt_tokens = figures.prompt_tokens;
  outcome.completion_tokens = figures.completion_tokens;
  outcome.duration_ms = bounded(figures.duration_ms, protocol::kMaxMeasuredMs);
  if (figures.first_token_ms)
    outcome.first_token_ms = bounded(*figures.first_token_ms, protocol::kMaxMeasuredMs);
  if (figures.decode_tokens_per_second) {
    outcome.decode_millitokens_per_second =
        bounded(static_cast<std::int64_t>(*figures.decode_tokens_per_second * kMilli),
                protocol::kMaxMilliTokensPerSecond);
  }
  co_return CommandOutcome(std::move(outcome));
}

Task<Result<CommandOutcome>> NodeCommands::probe_runtimes() {
  co_await needs_.models.refresh();
  protocol::RuntimeProbeOutcome outcome;
  for (const auto* runtime : needs_.models.runtimes()) {
    if (outcome.runtimes.size() == protocol::kMaxProbedRuntimes) break;
    if (!protocol::valid_runtime_kind(runtime->kind())) continue;
    const auto models = needs_.models.models_of(*runtime).size();
    outcome.runtimes.push_back({std::string(runtime->kind()), probed_state(runtime->health().state),
                                static_cast<std::int64_t>(models)});
  }
  co_return CommandOutcome(std::move(outcome));
}

Result<CommandOutcome> NodeCommands::installed(const std::string& id, bool was_there) const {
  const auto* model = needs_.library.store().find(id);
  const auto digest = model == nullptr ? std::nullopt : digest_of(model->sha256);
  if (!digest) return Error(ErrorCode::internal, "The installed model has no hash.");
  return CommandOutcome(protocol::ModelInstallOutcome{id, model->bytes, *digest, was_there});
}

// One that the owner has begun, or this node before its last start.
std::optional<ModelJob> NodeCommands::open_install(std::string_view catalogue_id) const {
  for (const auto& job : needs_.library.jobs().list())
    if (!job.ended() && job.kind == JobKind::install && job.model == catalogue_id) return job;
  return std::nullopt;
}

Task<Result<ModelJob>> NodeCommands::install_job(std::string catalogue_id) {
  if (auto under_way = open_install(catalogue_id)) co_return *std::move(under_way);
  std::string body;
  json::Writer w(body);
  w.begin_object();
  w.member("kind", "install");
  w.member("catalogue", catalogue_id);
  w.end_object();
  CO_TRY(const auto document, json::Document::parse(body));
  CO_TRY(const auto request, decode_install_request(document.root(), needs_.library.catalogue()));
  auto adding = needs_.library.jobs().add(request.kind, request.name, install_document(request));
  co_return co_await std::move(adding);
}

Task<Result<ModelJob>> NodeCommands::job_end(std::string id, CommandProgress& progress,
                                             base::CancelToken cancel) {
  const auto timer = needs_.wake.timer();
  base::CancelCallback on_cancel;
  cancel.on_cancel(on_cancel, [&timer] { timer->wake(); });
  for (;;) {
    CO_TRY(const auto job, needs_.library.jobs().find(id));
    if (job.ended()) co_return job;
    progress.phase = phase_of(job.progress);
    progress.done = std::max<std::int64_t>(job.progress.done_bytes, 0);
    progress.total = std::max<std::int64_t>(job.progress.total_bytes.value_or(0), 0);
    if (cancel.cancelled()) co_return Error(ErrorCode::cancelled, "It was stopped.");
    co_await timer->wait_until(needs_.wake.now_ms() + kLookMs);
  }
}

Task<Result<CommandOutcome>> NodeCommands::install(const protocol::ModelInstallArguments& arguments,
                                                   CommandProgress& progress,
                                                   base::CancelToken cancel) {
  const auto id = arguments.catalogue_id;
  auto& store = needs_.library.store();
  const auto* there = store.find(id);
  if (there != nullptr && !store.is_missing(*there)) co_return installed(id, true);
  if (needs_.models.is_alias(id)) {
    co_return Error(ErrorCode::conflict,
                    "The name of the model is an alias in config.json, which it would hide.");
  }
  const bool was_under_way = open_install(id).has_value();
  CO_TRY(const auto job, co_await install_job(id));
  auto ended = co_await job_end(job.id, progress, cancel);
  if (!ended.ok()) {
    // Else the node stops, or the lease was lost: the job goes on, and a new lease finds it.
    if (progress.cancelled && !was_under_way) (void)co_await needs_.library.jobs().cancel(job.id);
    co_return std::move(ended).error();
  }
  if (ended->state == JobState::cancelled)
    co_return Error(ErrorCode::conflict, "The node's owner has cancelled the installation.");
  if (ended->state == JobState::failed) co_return job_error(*ended);
  co_return installed(id, false);
}

Task<Result<CommandOutcome>> NodeCommands::remove(const protocol::ModelRemoveArguments& arguments) {
  const auto id = arguments.model_id;
  if (needs_.library.store().find(id) == nullptr)
    co_return CommandOutcome(protocol::ModelRemoveOutcome{false});
  CO_TRY_OK(co_await needs_.library.remove(id));
  co_return CommandOutcome(protocol::ModelRemoveOutcome{true});
}

Task<Result<CommandOutcome>> NodeCommands::bundle() {
  CO_TRY(auto bundle, co_await needs_.bundles.make());
  const auto& archive = bundle.archive;
  const auto path = needs_.home.managed() + "/" + std::string(kManagedBundleFile);
  auto write = [&path, &archive] { return write_durable(path, archive); };
  CO_TRY_OK(co_await files_.run(std::move(write)));
  protocol::SupportBundleOutcome outcome{crypto::sha256(archive),
                                         static_cast<std::int64_t>(archive.size())};
  co_return CommandOutcome(outcome);
}

Task<Result<CommandOutcome>> NodeCommands::rotate(TransportKeyRotation rotation) {
  auto rotating = rotate_transport_key(needs_.store, needs_.identity, needs_.clock, rotation);
  CO_TRY(auto binding, co_await std::move(rotating));
  co_return CommandOutcome(protocol::RotateTransportKeyOutcome{std::move(binding)});
}

Task<Result<CommandOutcome>> NodeCommands::refresh() {
  needs_.inventory.refresh();
  CO_TRY([[maybe_unused]] const auto snapshot, co_await needs_.inventory.snapshot());
  co_return CommandOutcome(
      protocol::RefreshInventoryOutcome{protocol::inventory_hash(needs_.view.inventory()),
                                        protocol::readiness_hash(needs_.view.readiness())});
}

Task<Result<CommandOutcome>> NodeCommands::check_updates(base::CancelToken cancel) {
  protocol::AgentUpdateCheckOutcome outcome;
  outcome.agent_version = needs_.view.version();
  if (needs_.updates.report().configured) {
    CO_TRY(const auto report, co_await needs_.updates.check(cancel));
    if (report.error) co_return *report.error;
    outcome.state =
        report.newer ? protocol::UpdateState::available : protocol::UpdateState::up_to_date;
    if (report.newer) outcome.available_version = report.latest;
  }
  co_return CommandOutcome(std::move(outcome));
}

}  // namespace b3iq::agent
