#include "protocol/messages/command.h"

#include <algorithm>

#include "base/bytes.h"
#include "protocol/document_writer.h"
#include "protocol/member_reader.h"
#include "protocol/messages/command_names.h"
#include "protocol/public_model_name.h"
#include "protocol/receipt_names.h"

namespace b3iq::protocol {
namespace {

constexpr std::string_view kWhat = "The command";
constexpr std::int64_t kMinBenchmarkTokens = 8;
// Of a sealed request of the largest size, in base64url.
constexpr json::Limits kArgumentsLimits{.max_bytes = kMaxSealedRequestBytes / 3 * 4 + 8192,
                                        .max_depth = 8};

void write(json::Writer& w, const BenchmarkSmokeArguments& arguments) {
  w.member("model_id", arguments.model_id);
  write_integer(w, "max_tokens", arguments.max_tokens);
}
void write(json::Writer& w, const ModelInstallArguments& arguments) {
  w.member("catalogue_id", arguments.catalogue_id);
}
void write(json::Writer& w, const ModelRemoveArguments& arguments) {
  w.member("model_id", arguments.model_id);
}
void write(json::Writer& w, const PrivateInferenceArguments& arguments) {
  w.member("job_id", arguments.job_id.text());
  w.member("client_job_id", arguments.client_job_id.text());
  w.member("model_id", arguments.model_id);
  w.member("policy_version", arguments.policy_version);
  w.member("privacy_class", wire_name(arguments.privacy_class));
  w.key("envelope");
  write_sealed_envelope(w, arguments.envelope);
}
void write(json::Writer& w, const RotateTransportKeyArguments& arguments) {
  write_integer(w, "grace_seconds", arguments.grace_seconds);
}
void write(json::Writer&, const RouteHealthCheckArguments&) {}
void write(json::Writer&, const RuntimeProbeArguments&) {}
void write(json::Writer&, const SupportBundleArguments&) {}
void write(json::Writer&, const RefreshInventoryArguments&) {}
void write(json::Writer&, const AgentUpdateCheckArguments&) {}

base::Result<std::string> read_model(MemberReader& in) {
  return in.formed("model_id", is_public_model_name, kModelNameForm);
}

base::Result<CommandArguments> read_private_inference(MemberReader& in) {
  PrivateInferenceArguments arguments;
  TRY(arguments.job_id, in.id<JobId>("job_id"));
  TRY(arguments.client_job_id, in.id<ClientJobId>("client_job_id"));
  TRY(arguments.model_id, read_model(in));
  TRY(arguments.policy_version, in.printable("policy_version", kMaxReceiptNameBytes));
  TRY(arguments.privacy_class, in.choice<PrivacyClass>("privacy_class", kPrivacyClassNames));
  if (arguments.privacy_class == PrivacyClass::none)
    return in.refused("privacy_class", "must be private_transport");
  TRY(const auto envelope, in.object("envelope"));
  TRY(arguments.envelope, decode_sealed_envelope(envelope, kMaxSealedRequestBytes));
  return CommandArguments(std::move(arguments));
}

base::Result<CommandArguments> read_members(CommandKind kind, MemberReader& in) {
  switch (kind) {
    case CommandKind::benchmark_smoke: {
      BenchmarkSmokeArguments arguments;
      TRY(arguments.model_id, read_model(in));
      TRY(arguments.max_tokens, in.integer("max_tokens", kMinBenchmarkTokens, kMaxBenchmarkTokens));
      return CommandArguments(std::move(arguments));
    }
    case CommandKind::route_health_check:
      return CommandArguments(RouteHealthCheckArguments());
    case CommandKind::runtime_probe:
      return CommandArguments(RuntimeProbeArguments());
    case CommandKind::model_install: {
      ModelInstallArguments arguments;
      TRY(arguments.catalogue_id,
          in.formed("catalogue_id", valid_catalogue_id,
                    "must be an id of the catalogue: 1 to 64 of a-z, 0-9, dot, underscore and "
                    "hyphen"));
      return CommandArguments(std::move(arguments));
    }
    case CommandKind::model_remove: {
      ModelRemoveArguments arguments;
      TRY(arguments.model_id, read_model(in));
      return CommandArguments(std::move(arguments));
    }
    case CommandKind::support_bundle:
      return CommandArguments(SupportBundleArguments());
    case CommandKind::private_inference:
      return read_private_inference(in);
    case CommandKind::rotate_transport_key: {
      RotateTransportKeyArguments arguments;
      TRY(arguments.grace_seconds, in.integer("grace_seconds", 0, kMaxTransportGraceSeconds));
      return CommandArguments(arguments);
    }
    case CommandKind::refresh_inventory:
      return CommandArguments(RefreshInventoryArguments());
    case CommandKind::agent_update_check:
      return CommandArguments(AgentUpdateCheckArguments());
  }
  return in.refused("kind", "is not one of the known values");
}

}  // namespace

std::string_view wire_name(CommandKind kind) { return name_of_value(kCommandKindNames, kind); }
std::string_view wire_name(CommandState state) { return name_of_value(kCommandStateNames, state); }
std::optional<CommandKind> command_kind_from_name(std::string_view name) {
  return value_of_name<CommandKind>(kCommandKindNames, name);
}
std::optional<CommandState> command_state_from_name(std::string_view name) {
  return value_of_name<CommandState>(kCommandStateNames, name);
}

bool is_terminal(CommandState state) {
  return state != CommandState::queued && state != CommandState::leased;
}

std::optional<CommandState> next_state(CommandState state, CommandEvent event) {
  const bool is_queued = state == CommandState::queued;
  const bool is_leased = state == CommandState::leased;
  const auto when = [](bool allowed, CommandState next) {
    return allowed ? std::optional(next) : std::nullopt;
  };
  switch (event) {
    case CommandEvent::lease:
      return when(is_queued, CommandState::leased);
    case CommandEvent::renew:
      return when(is_leased, CommandState::leased);
    case CommandEvent::lapse:
      return when(is_leased, CommandState::queued);
    case CommandEvent::succeed:
      return when(is_leased, CommandState::succeeded);
    case CommandEvent::fail:
      return when(is_leased, CommandState::failed);
    case CommandEvent::cancel:
      return when(is_queued || is_leased, CommandState::cancelled);
    case CommandEvent::expire:
      return when(is_queued || is_leased, CommandState::expired);
    case CommandEvent::retry:
      return when(is_terminal(state) && state != CommandState::succeeded, CommandState::queued);
  }
  return std::nullopt;
}

LeaseToken LeaseToken::make(base::Random& random) {
  LeaseToken token;
  random.fill(token.bytes);
  return token;
}

std::string LeaseToken::text() const { return base::to_base64url(bytes); }

std::optional<LeaseToken> LeaseToken::parse(std::string_view text) {
  const auto raw = base::from_base64url(text);
  if (!raw || raw->size() != kLeaseTokenBytes) return std::nullopt;
  LeaseToken token;
  std::copy(raw->begin(), raw->end(), token.bytes.begin());
  return token;
}

bool valid_catalogue_id(std::string_view text) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= kMaxCatalogueIdBytes && is_plain(text[0]) &&
         text.find("..") == std::string_view::npos && std::ranges::all_of(text, [&](char c) {
           return is_plain(c) || c == '.' || c == '_' || c == '-';
         });
}

std::string encode_arguments(const CommandArguments& arguments) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  std::visit([&](const auto& typed) { write(w, typed); }, arguments);
  w.end_object();
  return canonical_text(out);
}

base::Result<CommandArguments> decode_arguments(CommandKind kind, json::Value value) {
  TRY(auto in, MemberReader::open(value, kWhat));
  TRY(auto arguments, read_members(kind, in));
  TRY_OK(in.done());
  return arguments;
}

base::Result<CommandArguments> decode_arguments(CommandKind kind, std::string_view text) {
  TRY(const auto document, json::Document::parse(text, kArgumentsLimits));
  return decode_arguments(kind, document.root());
}

}  // namespace b3iq::protocol
