#include "protocol/messages/readiness_codec.h"

#include <algorithm>

#include "protocol/document_writer.h"
#include "protocol/member_reader.h"
#include "protocol/public_model_name.h"

namespace b3iq::protocol {
namespace {

constexpr std::string_view kNameForm =
    "is not a name that may be shown: [owner/]model[:tag] of letters, digits, dot, underscore and "
    "hyphen, that is no address and no path";
constexpr std::int64_t kMaxUnlisted = 1'000'000;

bool can_be_listed(const ModelProfile& profile) {
  return is_public_model_name(profile.model_id) && valid_runtime_kind(profile.runtime_kind);
}

void write_profile(json::Writer& w, const ModelProfile& profile) {
  w.begin_object();
  w.member("model_id", profile.model_id);
  w.member("status", wire_name(profile.status));
  w.member("runtime_kind", profile.runtime_kind);
  w.member("route_tier", wire_name(profile.route_tier));
  w.member("network_eligible", profile.network_eligible);
  w.member("benchmark_verified", profile.benchmark_verified);
  w.member("paid_route_eligible", profile.paid_route_eligible);
  w.member("queue_health", wire_name(profile.queue_health));
  w.member("context_tokens",
           std::clamp<std::int64_t>(profile.context_tokens, 0, kMaxContextTokens));
  w.end_object();
}

// `from_name`: of one of the closed sets of reported_model.h.
template <class FromName>
auto read_name(MemberReader& in, std::string_view name, FromName from_name)
    -> base::Result<typename decltype(from_name(name))::value_type> {
  TRY(const auto text, in.text(name));
  const auto value = from_name(text);
  if (!value) return in.refused(name, "is not one of the known values");
  return *value;
}

base::Result<ModelProfile> read_profile(json::Value value) {
  TRY(auto in, MemberReader::open(value, "A model profile"));
  ModelProfile profile;
  TRY(profile.model_id, in.formed("model_id", is_public_model_name, kNameForm));
  TRY(profile.status, read_name(in, "status", model_status_from_name));
  TRY(profile.runtime_kind, in.formed("runtime_kind", valid_runtime_kind,
                                      "must be 1 to 32 of a-z, 0-9, underscore and hyphen"));
  TRY(profile.route_tier, read_name(in, "route_tier", route_tier_from_name));
  TRY(profile.network_eligible, in.flag("network_eligible"));
  TRY(profile.benchmark_verified, in.flag("benchmark_verified"));
  TRY(profile.paid_route_eligible, in.flag("paid_route_eligible"));
  TRY(profile.queue_health, read_name(in, "queue_health", queue_health_from_name));
  TRY(profile.context_tokens, in.integer("context_tokens", 0, kMaxContextTokens));
  TRY_OK(in.done());
  return profile;
}

}  // namespace

void write_readiness(json::Writer& w, const NodeReadiness& readiness) {
  std::vector<const ModelProfile*> listed;
  for (const ModelProfile& profile : readiness.models) {
    if (can_be_listed(profile)) listed.push_back(&profile);
  }
  const auto by_name = [](const ModelProfile* profile) -> const std::string& {
    return profile->model_id;
  };
  std::ranges::sort(listed, {}, by_name);
  const auto same = std::ranges::unique(listed, {}, by_name);
  listed.erase(same.begin(), same.end());
  if (listed.size() > kMaxModelProfiles) listed.resize(kMaxModelProfiles);
  const auto left_out = static_cast<std::int64_t>(readiness.models.size() - listed.size());
  w.begin_object();
  w.member("private_inference_enabled", readiness.private_inference_enabled);
  w.member("public_inference_enabled", readiness.public_inference_enabled);
  w.key("models");
  w.begin_array();
  for (const ModelProfile* profile : listed) write_profile(w, *profile);
  w.end_array();
  w.member("unlisted_models",
           std::min(std::clamp<std::int64_t>(readiness.unlisted_models, 0, kMaxUnlisted) + left_out,
                    kMaxUnlisted));
  w.end_object();
}

base::Result<NodeReadiness> decode_readiness(json::Value value) {
  TRY(auto in, MemberReader::open(value, "A readiness"));
  NodeReadiness readiness;
  TRY(readiness.private_inference_enabled, in.flag("private_inference_enabled"));
  TRY(readiness.public_inference_enabled, in.flag("public_inference_enabled"));
  TRY(const auto models, in.list("models", kMaxModelProfiles));
  readiness.models.reserve(models.size());
  for (std::size_t i = 0; i < models.size(); ++i) {
    TRY(auto profile, read_profile(models.at(i)));
    if (i > 0 && readiness.models.back().model_id >= profile.model_id)
      return in.refused("models", "must be sorted by model_id, each once");
    readiness.models.push_back(std::move(profile));
  }
  TRY(readiness.unlisted_models, in.integer("unlisted_models", 0, kMaxUnlisted));
  TRY_OK(in.done());
  return readiness;
}

}  // namespace b3iq::protocol
