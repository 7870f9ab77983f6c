// One accepted chat completion from admission to receipt: who pays, what runs, what was used, what
// was delivered. Loop thread only. Exactly one of finish() and abandon() ends it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

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

class ChatCall : public base::Recycled, public LiveCallNode {
 public:
  // Takes the call's place: limits and budget are reserved, the model is resolved and able to do
  // what is asked.
  static base::Task<base::Result<std::unique_ptr<ChatCall>>> accept(ChatContext& context,
                                                                    const Principal& principal,
                                                                    inference::ChatRequest request,
                                                                    std::int64_t started_ns);
  ~ChatCall();
  ChatCall(const ChatCall&) = delete;
  ChatCall& operator=(const ChatCall&) = delete;

  const inference::ChatRequest& request() const { return request_; }
  // Where it runs, or is to run next.
  const ModelTarget& target() const { return route_->targets[target_]; }
  // Moves on to the model's next runtime that can do what is asked; false when there is none.
  bool next_target();
  // Until runtime_done() the call holds its place at the target's runtime.
  void hold(Lease lease) {
    lease_ = std::move(lease);
    placed_ = true;
  }
  void runtime_done() { lease_.succeeded(); }
  void runtime_failed(base::ErrorCode code) { lease_.failed(code); }
  std::string_view account() const { return principal_.account(); }
  // For the owner's view of running calls: "waiting" for a place, "prompt" until the first token,
  // then "generating".
  std::string_view stage() const {
    return !placed_ ? "waiting" : first_token_ns_ == 0 ? "prompt" : "generating";
  }
  std::int64_t started_ns() const { return started_ns_; }
  std::int64_t first_token_ns() const { return first_token_ns_; }  // 0: not yet
  void produced(std::int64_t tokens) { produced_tokens_ = tokens; }
  std::int64_t produced_tokens() const { return produced_tokens_; }
  const std::string& id() const { return id_; }  // ULID, shared by chatcmpl-… and job_…
  ChatContext& context() { return context_; }
  std::int64_t created_s() const { return started_wall_ms_ / 1000; }
  std::int64_t started_ns() const { return started_ns_; }
  std::int64_t first_token_ns() const { return first_token_ns_; }  // 0: not seen yet

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
  // The caller went away: the same, detached, with nobody to tell. `call` ends with it.
  static void abandon(std::unique_ptr<ChatCall> call, inference::Usage usage);

 private:
  ChatCall(ChatContext& context, const Principal& principal, inference::ChatRequest request,
           ModelRoutePointer route, std::size_t target, Admission admission,
           std::int64_t started_ns);
  protocol::Receipt make_receipt(inference::Finish finish, const inference::Usage& usage,
                                 std::int64_t completed_ms);
  void observe(inference::Finish finish, const inference::Usage& usage, std::int64_t receipt_ns);

  ChatContext& context_;
  Principal principal_;
  inference::ChatRequest request_;
  ModelRoutePointer route_;
  std::size_t target_;  // in route_
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

}  // namespace b3iq::agent
