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
#include "agent/local_api/cache_partition.h"
#include "agent/local_api/live_calls.h"
#include "agent/local_api/model_access.h"
#include "agent/local_api/private_job_terms.h"
#include "agent/logs/line_budget.h"
#include "agent/models/model_registry.h"
#include "agent/models/runtime_references.h"
#include "agent/receipts/receipt_log.h"
#include "agent/request_log/request_log.h"
#include "agent/routing/dispatcher.h"
#include "agent/telemetry/tracer.h"
#include "base/cancel.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/recycled.h"
#include "crypto/sha256.h"
#include "http/message.h"
#include "http/request_ids.h"
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
  Tracer* tracer = nullptr;        // null: no call has a trace
  RequestLog* requests = nullptr;  // null: none is kept
  LineBudget failure_lines;
  CachePartitions cache_partitions;
};

// What a call starts with.
struct CallStart {
  const Principal& principal;
  ModelRoutePointer route;
  std::size_t target;  // in the route
  Admission admission;
  const http::Request& request;
  CallOperation operation;
  bool streamed = false;
};

// What stands between a call and its caller, and may not be asking the runtime for anything when an
// operator stops the call.
class StopListener {
 public:
  virtual void stopped() = 0;

 protected:
  ~StopListener() = default;
};

class ModelCall : public base::Recycled, public LiveCallNode {
 public:
  virtual ~ModelCall();
  ModelCall(const ModelCall&) = delete;
  ModelCall& operator=(const ModelCall&) = delete;

  // Where it runs, or is to run next.
  const ModelTarget& target() const { return route_->targets[target_]; }
  // Moves on to the model's next runtime that can do what is asked; false when there is none.
  virtual bool next_target() = 0;
  // Until runtime_done() the call holds its place at the target's runtime.
  // `waited`: it did not find one at once.
  void hold(Lease lease, bool waited);
  void runtime_done() {
    lease_.succeeded();
    runtime_ended_ns_ = context_.clock.steady_ns();
  }
  // The runtime failed at it; that need not be the call's end.
  void runtime_failed(base::ErrorCode code) { lease_.failed(code); }
  // The call is given to the dispatcher now. Once.
  void dispatched() { dispatched_ns_ = context_.clock.steady_ns(); }
  // What the call ends with, when it does not end well: for logs, metrics and traces.
  void note_error(base::ErrorCode code) { error_ = code; }
  std::string_view account() const { return principal_.account(); }
  const std::string& id() const { return id_; }  // ULID, shared by chatcmpl-… and job_…
  ChatContext& context() { return context_; }
  std::int64_t created_s() const { return started_wall_ms_ / 1000; }
  // For the owner's view of running calls: "waiting" for a place, "prompt" until the first token,
  // then "generating".
  CallStage stage() const {
    return lane_ == nullptr       ? CallStage::waiting
           : first_token_ns_ == 0 ? CallStage::prompt
                                  : CallStage::generating;
  }
  bool streamed() const { return streamed_; }
  std::int64_t started_ns() const { return started_ns_; }
  std::int64_t first_token_ns() const { return first_token_ns_; }  // 0: not seen yet
  void produced(std::int64_t tokens) { produced_tokens_ = tokens; }
  // The answer's status and header have left.
  void answering() { answering_ = true; }
  // What the answer says (a step of it, or all), where the owner wants content kept.
  template <class Piece>
  void keep_answer(const Piece& piece) {
    if (content_) keep_text(piece);
  }
  std::int64_t produced_tokens() const { return produced_tokens_; }

  // For the work of the call: fires when the caller goes away, or an operator stops the call.
  base::CancelToken cancel_token() { return cancel_.token(); }
  // Ends the call as if its caller had gone, but that the caller is told. False: it has come to its
  // end already.
  bool stop();
  // Null for none.
  void on_stop(StopListener* listener) { listener_ = listener; }

  // What the caller is told: a call that the node or its operator cut was not cut by its caller.
  base::Error told(base::Error error) const;
  // Ok while the key still holds.
  base::Status still_allowed() const;
  void first_token();
  // The model's name as the caller is told it.
  std::string_view told_model() const {
    return principal_.job == nullptr ? std::string_view(target().id)
                                     : std::string_view(principal_.job->model_id);
  }
  // Response bytes as they are delivered, without the b3iq member.
  void delivered(std::string_view bytes) { response_hash_.update(base::as_bytes(bytes)); }

  // The call came to its end (or its error): makes the receipt durable, books the use, and returns
  // the b3iq object's JSON.
  base::Task<base::Result<std::string>> finish(inference::Finish finish, inference::Usage usage);
  // Of a private job that finish() has ended well: its receipt, which is durable, and the salt of
  // its commitment. Else null.
  const protocol::Receipt* job_receipt() const { return job_receipt_.get(); }
  const std::array<std::uint8_t, 32>& salt() const { return salt_; }

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
  // How long it took and what it used, for the metrics of its kind.
  struct Ended {
    inference::Finish finish;
    const inference::Usage& usage;
    std::int64_t total_ns;
    std::int64_t first_token_ns;  // after the start; 0: not seen
    std::int64_t output_ns;       // from the first token to the end of the runtime's answer
  };
  virtual void note_ended(const Ended& ended, RuntimeMetrics& metrics) = 0;
  // The `traceparent` that the runtime is to get; "" for none.
  virtual void set_traceparent(std::string_view value) = 0;

 private:
  static bool allowed(const Principal& principal, std::string_view model,
                      const ModelTarget& target);
  protocol::Receipt make_receipt(inference::Finish finish, const inference::Usage& usage,
                                 std::int64_t completed_ms);
  void observe(inference::Finish finish, const inference::Usage& usage, std::int64_t receipt_ns,
               std::string_view receipt_hash);
  // Log, request log and trace of the call's end, whatever it was. `receipt_hash`: "" for none.
  void tell_end(std::optional<inference::Finish> finish, const inference::Usage& usage,
                std::string_view receipt_hash);
  void log_request(std::optional<inference::Finish> finish, const inference::Usage& usage,
                   std::int64_t total_ns, std::string_view receipt_hash);
  int told_status() const;
  void keep_text(const inference::StreamStep& step);
  void keep_text(const inference::ChatAnswer& answer);
  void log_end(base::LogLevel level, std::optional<inference::Finish> finish,
               const inference::Usage& usage, std::int64_t total_ns);
  void end_trace(std::optional<inference::Finish> finish, const inference::Usage& usage,
                 std::int64_t total_ns);
  std::int64_t overhead_ns(std::int64_t now_ns) const;
  std::string_view request_id() const { return {request_id_.data(), request_id_bytes_}; }

  ChatContext& context_;
  Principal principal_;
  ModelRoutePointer route_;
  std::size_t target_;
  Admission admission_;
  CallOperation operation_;
  bool streamed_;
  Lease lease_;
  std::string id_;
  std::int64_t started_ns_;
  std::int64_t started_wall_ms_;
  std::int64_t dispatched_ns_ = 0;
  std::int64_t placed_ns_ = 0;  // at its first runtime
  std::int64_t first_token_ns_ = 0;
  std::int64_t runtime_ended_ns_ = 0;
  std::int64_t produced_tokens_ = 0;
  RuntimeLane* lane_ = nullptr;  // of the runtime that it was last placed at
  bool told_ = false;
  bool answering_ = false;
  std::string_view route_name_;           // logged_operation
  std::unique_ptr<CallContent> content_;  // null: not wanted
  std::unique_ptr<protocol::Receipt> job_receipt_;
  bool ending_ = false;
  bool stopped_ = false;
  StopListener* listener_ = nullptr;
  base::CancelSource cancel_;
  base::CancelCallback caller_gone_;
  std::optional<base::ErrorCode> error_;
  std::array<char, http::kMaxRequestIdBytes> request_id_;
  std::size_t request_id_bytes_;
  TraceContext trace_;  // with a tracer
  TraceParentText traceparent_{};
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
  return refusal ? *std::move(refusal) : model_not_allowed(model);
}

template <class Check>
bool ModelCall::move_on(std::string_view model, const Check& check) {
  const auto next = choose_target(*route_, target_ + 1, model, principal_, check);
  if (next.ok()) target_ = *next;
  return next.ok();
}

}  // namespace b3iq::agent
