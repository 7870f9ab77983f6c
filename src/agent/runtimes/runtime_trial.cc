#include "agent/runtimes/runtime_trial.h"

#include <fmt/format.h>

#include "agent/runtime_factory.h"
#include "agent/runtimes/server_address.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;

namespace {

constexpr std::int64_t kTickMs = 10;
constexpr std::int64_t kRetryAfterMs = 5'000;

// Servers of these kinds tell their version, and others do not tell it there: a stranger's service
// is not taken for one of them.
bool tells_version(const RuntimeSettings& settings) {
  return settings.kind != RuntimeKind::openai ||
         settings.profile == runtimes::ServerProfile::llama_server;
}

Error not_of_this_kind(const RuntimeSettings& settings) {
  const bool llama = settings.profile == runtimes::ServerProfile::llama_server;
  return {ErrorCode::upstream_failed,
          fmt::format("The server lists models, but does not tell its version as {} does. Another "
                      "OpenAI-compatible server is of the kind openai, without a profile.",
                      llama ? "llama-server" : runtime_kind_name(settings.kind))};
}

bool is_away(ErrorCode code) {
  return code == ErrorCode::runtime_unreachable || code == ErrorCode::deadline_exceeded;
}

}  // namespace

struct RuntimeTrials::Trial {
  RuntimeSettings settings;
  std::unique_ptr<inference::Runtime> runtime;
  TrialResult result;
  bool ended = false;
};

Task<void> RuntimeTrials::ask(std::shared_ptr<Trial> trial) {
  auto& result = trial->result;
  auto models = co_await trial->runtime->models();
  if (models.ok()) {
    result.reachable = true;
    for (auto& model : *models) result.models.push_back(std::move(model.name));
    auto facts = co_await trial->runtime->facts();
    if (facts.ok()) result.version = std::move(facts->version);
    if (result.version.empty() && tells_version(trial->settings))
      result.error = not_of_this_kind(trial->settings);
  } else {
    result.reachable = !is_away(models.error().code);
    result.error = std::move(models).error();
  }
  trial->ended = true;
  --running_;
}

Task<Result<TrialResult>> RuntimeTrials::run(RuntimeRequest request, std::uint16_t own_port) {
  auto& settings = request.settings;
  settings.id = "test";
  CO_TRY_OK(check_server_address(settings, own_port));
  if (running_ >= kMaxTrials) {
    co_return Error(ErrorCode::overloaded, "Other servers are tested now. Try again in a moment.",
                    {}, kRetryAfterMs);
  }
  auto made = make_server(loop_, settings, std::string(request.api_key.reveal_text()), own_port);
  if (!made.ok()) co_return about_request(std::move(made).error());
  const auto trial = std::make_shared<Trial>();
  trial->settings = settings;
  trial->runtime = std::move(made).value();
  ++running_;
  base::detach(ask(trial));
  // A server that dribbles is left to its own limits; the caller need not wait for it.
  const auto deadline = loop_.now_ms() + kTrialMs;
  while (!trial->ended && loop_.now_ms() < deadline) co_await loop_.sleep(kTickMs);
  if (trial->ended) co_return std::move(trial->result);
  TrialResult late;
  late.error = Error(ErrorCode::deadline_exceeded,
                     fmt::format("The server did not tell what it is within {} s. See that it is "
                                 "not busy or stuck, and that the address is right.",
                                 kTrialMs / 1000));
  co_return late;
}

}  // namespace b3iq::agent
