// One accepted call of a model from admission to receipt, whatever is asked of the model: who pays,
// where it runs, what was used, what was delivered. Loop thread only. finish() ends it once; a call
// that ends without it gives back what it reserved and leaves no receipt.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "agent/agent_metrics.h"
#include "agent/auth/admission.h"
#include "agent/auth/local_auth.h"
#include "agent/local_api/live_calls.h"
#include "agent/models/model_registry.h"
#include "agent/models/runtime_references.h"
#include "agent/receipts/receipt_log.h"
#include "agent/routing/dispatcher.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/recycled.h"
#include "crypto/sha256.h"
#include "inference/chat.h"
#include "inference/runtime.h"
#include "protocol/identity.h"

namespace b3iq::agent {

// What every call needs of the node. Outlives all calls.
struct ChatContext {
  ModelRegistry& models;
  LocalKeyService& keys;
  ReceiptLog& receipts;
  const protocol::NodeIdentity& identity;
  AgentMetrics& metrics;
  const base::Clock& clock;
  base::Random& random;
  std::int64_t assumed_completion_tokens;  // reserved for a call that names no max_tokens
  const bool& draining;                    // the node is stopping
  RuntimeReferences& references;
  Dispatcher& dispatcher;
  LiveCalls& live;
};

// What a call starts with.
struct CallStart {
  const Principal& principal;
  ModelRoutePointer route;
  std::size_t target;  // in the route
  Admission admission;
  std::int64_t started_ns;
};

class ModelCall : public base::Recycled, public LiveCallNode {
 public:
  virtual ~ModelCall() = default;
  ModelCall(const ModelCall&) = delete;
  ModelCall& operator=(const ModelCall&) = delete;

  // Where it runs, or is to run next.
  const ModelTarget& target() const { return route_->targets[target_]; }
  // Moves on to the model's next runtime that can do what is asked; false when there is none.
  virtual bool next_target() = 0;
  // Until runtime_done() the call holds its place at the target's runtime.
  void hold(Lease lease) {
    lease_ = std::move(lease);
    placed_ = true;
  }
  void runtime_done() { lease_.succeeded(); }
  void runtime_failed(base::ErrorCode code) { lease_.failed(code); }
  std::string_view account() const { return principal_.account(); }
  const std::string& id() const { return id_; }  // ULID, shared by chatcmpl-… and job_…
  ChatContext& context() { return context_; }
  std::int64_t created_s() const { return started_wall_ms_ / 1000; }
  // For the owner's view of running calls: "waiting" for a place, "prompt" until the first token,
  // then "generating".
  std::string_view stage() const {
    return !placed_ ? "waiting" : first_token_ns_ == 0 ? "prompt" : "generating";
  }
  virtual bool streamed() const { return false; }
  std::int64_t started_ns() const { return started_ns_; }
  std::int64_t first_token_ns() const { return first_token_ns_; }  // 0: not seen yet
  void produced(std::int64_t tokens) { produced_tokens_ = tokens; }
  std::int64_t produced_tokens() const { return produced_tokens_; }

  // What the caller is told: a call that the node cut while stopping was not cut by its caller.
  base::Error told(base::Error error) const;
  // Ok while the key still holds.
  base::Status still_allowed() const;
  void first_token();
  // Time that passed waiting for the runtime, for the overhead metric.
  void add_runtime_ns(std::int64_t ns) { runtime_ns_ += ns; }
  // Response bytes as they are delivered, without the b3iq member.
  void delivered(std::string_view bytes) { response_hash_.update(base::as_bytes(bytes)); }

  // The call came to its end (or its error): makes the receipt durable, books the use, and returns
  // the b3iq object's JSON.
  base::Task<base::Result<std::string>> finish(inference::Finish finish, inference::Usage usage);

 protected:
  ModelCall(ChatContext& context, CallStart start);
  // The first target from `from` on that the caller may use and that `check` (Status of the
  // target's capabilities) allows. The error is that of the first that cannot.
  template <class Check>
  static base::Result<std::size_t> choose_target(const ModelRoute& route, std::size_t from,
                                                 std::string_view model, const Principal& principal,
                                                 const Check& check);
  template <class Check>
  bool move_on(std::string_view model, const Check& check);

  // The bytes that the receipt's commitment covers; owned by the request.
  virtual std::string_view caller_body() const = 0;
  // For the metrics of its kind.
  virtual void note_ended(inference::Finish finish, double seconds, double first_token_seconds) = 0;

 private:
  static base::Error not_allowed(std::string_view model);
  static bool allowed(const Principal& principal, std::string_view model,
                      const ModelTarget& target);
  protocol::Receipt make_receipt(inference::Finish finish, const inference::Usage& usage,
                                 std::int64_t completed_ms);
  void observe(inference::Finish finish, const inference::Usage& usage, std::int64_t receipt_ns);

  ChatContext& context_;
  Principal principal_;
  ModelRoutePointer route_;
  std::size_t target_;
  Admission admission_;
  Lease lease_;
  std::string id_;
  std::int64_t started_ns_;
  std::int64_t started_wall_ms_;
  std::int64_t first_token_ns_ = 0;
  std::int64_t runtime_ns_ = 0;
  std::int64_t produced_tokens_ = 0;
  bool placed_ = false;
  crypto::Sha256 response_hash_;
  std::array<std::uint8_t, 32> salt_{};
};

template <class Check>
base::Result<std::size_t> ModelCall::choose_target(const ModelRoute& route, std::size_t from,
                                                   std::string_view model,
                                                   const Principal& principal, const Check& check) {
  std::optional<base::Error> refusal;
  for (std::size_t i = from; i < route.targets.size(); ++i) {
    const auto& target = route.targets[i];
    if (!allowed(principal, model, target)) continue;
    base::Status able = check(target.capabilities);
    if (able.ok()) return i;
    if (!refusal) refusal = std::move(able).error();
  }
  return refusal ? *std::move(refusal) : not_allowed(model);
}

template <class Check>
bool ModelCall::move_on(std::string_view model, const Check& check) {
  const auto next = choose_target(*route_, target_ + 1, model, principal_, check);
  if (next.ok()) target_ = *next;
  return next.ok();
}

}  // namespace b3iq::agent
