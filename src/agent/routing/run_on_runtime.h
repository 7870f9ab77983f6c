// Runs a call on its model's runtimes until one gives the beginning of an answer.
#pragma once

#include <optional>

#include "agent/local_api/model_call.h"

namespace b3iq::agent {

// What one attempt came to. `final`: the runtime has already produced something, so that no other
// is tried.
struct AttemptResult {
  base::Status status;
  bool final = false;
};

// `attempt`: Task<AttemptResult>(), run anew for each target of `call`. Errors: that of the last
// target tried.
template <class Attempt>
base::Task<base::Status> run_on_runtime(ModelCall& call, base::CancelToken cancel,
                                        Attempt& attempt) {
  auto& dispatcher = call.context().dispatcher;
  bool waited = false;
  for (;;) {
    base::Status outcome;
    bool final = false;
    std::optional<Lease> lease = dispatcher.enter_now(call.target());
    if (!lease) {
      waited = true;
      auto entered = co_await dispatcher.enter(call.target(), call.account(), cancel);
      if (entered.ok()) {
        lease = std::move(entered).value();
      } else {
        outcome = std::move(entered).error();
      }
    }
    if (lease) {
      call.hold(*std::move(lease), waited);
      auto tried = co_await attempt();
      if (tried.status.ok()) co_return base::Status();
      call.runtime_failed(tried.status.error().code);
      final = tried.final;
      outcome = std::move(tried.status);
    }
    const bool next = !final && !cancel.cancelled() &&
                      Dispatcher::worth_another(outcome.error().code) && call.next_target();
    if (!next) {
      call.note_error(outcome.error().code);
      co_return outcome;
    }
    dispatcher.count_failover();
  }
}

}  // namespace b3iq::agent
