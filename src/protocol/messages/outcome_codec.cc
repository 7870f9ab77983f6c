#include "protocol/messages/outcome_codec.h"

#include "protocol/document_writer.h"
#include "protocol/member_reader.h"
#include "protocol/messages/command_names.h"
#include "protocol/messages/enrollment.h"
#include "protocol/messages/reported_model.h"
#include "protocol/public_model_name.h"

namespace b3iq::protocol {
namespace {

constexpr std::string_view kWhat = "The outcome";
constexpr std::array<std::string_view, 3> kRouteHealthNames = {"healthy", "unhealthy",
                                                               "not_configured"};
constexpr std::array<std::string_view, 3> kProbedStateNames = {"ready", "loading", "unreachable"};
constexpr std::array<std::string_view, 3> kUpdateStateNames = {"up_to_date", "available",
                                                               "not_configured"};
constexpr std::int64_t kMaxCountedModels = 100'000;

void write(json::Writer& w, const BenchmarkSmokeOutcome& outcome) {
  w.member("model_id", outcome.model_id);
  write_integer(w, "prompt_tokens", outcome.prompt_tokens);
  write_integer(w, "completion_tokens", outcome.completion_tokens);
  write_integer(w, "duration_ms", outcome.duration_ms);
  write_nullable(w, "first_token_ms", outcome.first_token_ms);
  write_nullable(w, "decode_millitokens_per_second", outcome.decode_millitokens_per_second);
}
void write(json::Writer& w, const RouteHealthCheckOutcome& outcome) {
  w.member("health", name_of_value(kRouteHealthNames, outcome.health));
  write_nullable(w, "latency_ms", outcome.latency_ms);
}
void write(json::Writer& w, const RuntimeProbeOutcome& outcome) {
  w.key("runtimes");
  w.begin_array();
  for (const ProbedRuntime& runtime : outcome.runtimes) {
    w.begin_object();
    w.member("runtime_kind", runtime.runtime_kind);
    w.member("state", name_of_value(kProbedStateNames, runtime.state));
    write_integer(w, "models", runtime.models);
    w.end_object();
  }
  w.end_array();
}
void write(json::Writer& w, const ModelInstallOutcome& outcome) {
  w.member("model_id", outcome.model_id);
  write_integer(w, "size_bytes", outcome.size_bytes);
  write_bytes(w, "sha256", outcome.sha256);
  w.member("was_installed", outcome.was_installed);
}
void write(json::Writer& w, const ModelRemoveOutcome& outcome) {
  w.member("was_installed", outcome.was_installed);
}
void write(json::Writer& w, const SupportBundleOutcome& outcome) {
  write_bytes(w, "sha256", outcome.sha256);
  write_integer(w, "size_bytes", outcome.size_bytes);
}
void write(json::Writer& w, const PrivateInferenceOutcome& outcome) {
  w.key("envelope");
  write_sealed_envelope(w, outcome.envelope);
  w.key("receipt");
  if (outcome.receipt) {
    w.raw(with_signature(encode_receipt(outcome.receipt->receipt).document,
                         outcome.receipt->signature));
  } else {
    w.null();
  }
}
void write(json::Writer& w, const RotateTransportKeyOutcome& outcome) {
  w.key("transport_key");
  w.raw(encode_transport_key_binding(outcome.transport_key));
}
void write(json::Writer& w, const RefreshInventoryOutcome& outcome) {
  write_bytes(w, "inventory_hash", outcome.inventory_hash);
  write_bytes(w, "readiness_hash", outcome.readiness_hash);
}
void write(json::Writer& w, const AgentUpdateCheckOutcome& outcome) {
  w.member("agent_version", outcome.agent_version);
  w.member("state", name_of_value(kUpdateStateNames, outcome.state));
  write_nullable(w, "available_version", outcome.available_version);
}

base::Result<BenchmarkSmokeOutcome> read_benchmark(MemberReader& in) {
  BenchmarkSmokeOutcome outcome;
  TRY(outcome.model_id, in.formed("model_id", is_public_model_name, kModelNameForm));
  TRY(outcome.prompt_tokens, in.integer("prompt_tokens", 0, kLargestWireInteger));
  TRY(outcome.completion_tokens, in.integer("completion_tokens", 0, kLargestWireInteger));
  TRY(outcome.duration_ms, in.integer("duration_ms", 0, kMaxMeasuredMs));
  TRY(outcome.first_token_ms, in.nullable_integer("first_token_ms", 0, kMaxMeasuredMs));
  TRY(outcome.decode_millitokens_per_second,
      in.nullable_integer("decode_millitokens_per_second", 0, kMaxMilliTokensPerSecond));
  return outcome;
}

base::Result<RouteHealthCheckOutcome> read_route(MemberReader& in) {
  RouteHealthCheckOutcome outcome;
  TRY(outcome.health, in.choice<RouteHealth>("health", kRouteHealthNames));
  TRY(outcome.latency_ms, in.nullable_integer("latency_ms", 0, kMaxMeasuredMs));
  return outcome;
}

base::Result<RuntimeProbeOutcome> read_runtimes(MemberReader& in) {
  RuntimeProbeOutcome outcome;
  TRY(const auto list, in.list("runtimes", kMaxProbedRuntimes));
  for (std::size_t i = 0; i < list.size(); ++i) {
    TRY(auto item, MemberReader::open(list.at(i), "A probed runtime"));
    ProbedRuntime runtime;
    TRY(runtime.runtime_kind, item.formed("runtime_kind", valid_runtime_kind,
                                          "must be 1 to 32 of a-z, 0-9, underscore and hyphen"));
    TRY(runtime.state, item.choice<ProbedState>("state", kProbedStateNames));
    TRY(runtime.models, item.integer("models", 0, kMaxCountedModels));
    TRY_OK(item.done());
    outcome.runtimes.push_back(std::move(runtime));
  }
  return outcome;
}

base::Result<ModelInstallOutcome> read_install(MemberReader& in) {
  ModelInstallOutcome outcome;
  TRY(outcome.model_id, in.formed("model_id", is_public_model_name, kModelNameForm));
  TRY(outcome.size_bytes, in.integer("size_bytes", 0, kLargestWireInteger));
  TRY(outcome.sha256, in.bytes<32>("sha256"));
  TRY(outcome.was_installed, in.flag("was_installed"));
  return outcome;
}

base::Result<ModelRemoveOutcome> read_remove(MemberReader& in) {
  ModelRemoveOutcome outcome;
  TRY(outcome.was_installed, in.flag("was_installed"));
  return outcome;
}

base::Result<SupportBundleOutcome> read_bundle(MemberReader& in) {
  SupportBundleOutcome outcome;
  TRY(outcome.sha256, in.bytes<32>("sha256"));
  TRY(outcome.size_bytes, in.integer("size_bytes", 0, kLargestWireInteger));
  return outcome;
}

base::Result<PrivateInferenceOutcome> read_private_inference(MemberReader& in) {
  PrivateInferenceOutcome outcome;
  TRY(const auto envelope, in.object("envelope"));
  TRY(outcome.envelope, decode_sealed_answer(envelope));
  if (in.is_null("receipt")) {
    in.take("receipt");
    return outcome;
  }
  TRY(const auto receipt, in.object("receipt"));
  TRY(outcome.receipt, decode_receipt(receipt));
  return outcome;
}

base::Result<RotateTransportKeyOutcome> read_rotation(MemberReader& in) {
  RotateTransportKeyOutcome outcome;
  TRY(const auto binding, in.object("transport_key"));
  TRY(outcome.transport_key, decode_transport_key_binding(binding));
  return outcome;
}

base::Result<RefreshInventoryOutcome> read_refresh(MemberReader& in) {
  RefreshInventoryOutcome outcome;
  TRY(outcome.inventory_hash, in.bytes<32>("inventory_hash"));
  TRY(outcome.readiness_hash, in.bytes<32>("readiness_hash"));
  return outcome;
}

base::Result<AgentUpdateCheckOutcome> read_update(MemberReader& in) {
  constexpr std::string_view kForm = "must be a version";
  AgentUpdateCheckOutcome outcome;
  TRY(outcome.agent_version, in.formed("agent_version", valid_agent_version, kForm));
  TRY(outcome.state, in.choice<UpdateState>("state", kUpdateStateNames));
  if (in.is_null("available_version")) {
    in.take("available_version");
  } else {
    TRY(outcome.available_version, in.formed("available_version", valid_agent_version, kForm));
  }
  if (outcome.available_version.has_value() != (outcome.state == UpdateState::available))
    return in.refused("available_version", "must be there when state is available, and only then");
  return outcome;
}

template <class T>
base::Result<CommandOutcome> as_outcome(base::Result<T> typed) {
  if (!typed.ok()) return std::move(typed).error();
  return CommandOutcome(std::move(typed).value());
}

base::Result<CommandOutcome> read_members(CommandKind kind, MemberReader& in) {
  switch (kind) {
    case CommandKind::benchmark_smoke:
      return as_outcome(read_benchmark(in));
    case CommandKind::route_health_check:
      return as_outcome(read_route(in));
    case CommandKind::runtime_probe:
      return as_outcome(read_runtimes(in));
    case CommandKind::model_install:
      return as_outcome(read_install(in));
    case CommandKind::model_remove:
      return as_outcome(read_remove(in));
    case CommandKind::support_bundle:
      return as_outcome(read_bundle(in));
    case CommandKind::private_inference:
      return as_outcome(read_private_inference(in));
    case CommandKind::rotate_transport_key:
      return as_outcome(read_rotation(in));
    case CommandKind::refresh_inventory:
      return as_outcome(read_refresh(in));
    case CommandKind::agent_update_check:
      return as_outcome(read_update(in));
  }
  return in.refused("kind", "is not one of the known values");
}

}  // namespace

void write_outcome(json::Writer& w, const CommandOutcome& outcome) {
  w.begin_object();
  std::visit([&](const auto& typed) { write(w, typed); }, outcome);
  w.end_object();
}

base::Result<CommandOutcome> decode_outcome(CommandKind kind, json::Value value) {
  TRY(auto in, MemberReader::open(value, kWhat));
  TRY(auto outcome, read_members(kind, in));
  TRY_OK(in.done());
  return outcome;
}

}  // namespace b3iq::protocol
