// One streamed answer of the worker.
#pragma once

#include <memory>
#include <string>

#include "base/cancel.h"
#include "inference/runtime.h"
#include "runtimes/embedded/worker_hub.h"

namespace b3iq::runtimes {

class EmbeddedStream final : public inference::TokenStream {
 public:
  EmbeddedStream(std::shared_ptr<WorkerHub> hub, std::shared_ptr<AnswerChannel> channel,
                 base::CancelToken cancel);
  // Stops generation.
  ~EmbeddedStream() override;

  // All that arrived since the last call as one step; then the step with finish and usage; then
  // null.
  base::Task<base::Result<const inference::StreamStep*>> next() override;

 private:
  void fill_step(std::vector<TokenFrame>& tokens);
  void fill_last_step(const FinishFrame& finish);

  std::shared_ptr<WorkerHub> hub_;
  std::shared_ptr<AnswerChannel> channel_;
  base::CancelToken cancel_;
  base::CancelCallback on_cancel_;
  inference::StreamStep step_;
  std::string text_;
  std::string reasoning_;
  std::optional<FinishFrame> finish_;  // arrived, not told yet
  std::optional<base::Error> error_;   // arrived, not told yet
  bool ended_ = false;
};

}  // namespace b3iq::runtimes
