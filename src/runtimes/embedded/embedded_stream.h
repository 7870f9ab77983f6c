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

  // One frame of the worker as one step; then the step with finish and usage; then null.
  base::Task<base::Result<const inference::StreamStep*>> next() override;
  // What arrived together with the last step.
  const inference::StreamStep* next_if_ready() override;

 private:
  void fill_step();
  void fill_last_step(const FinishFrame& finish);

  std::shared_ptr<WorkerHub> hub_;
  std::shared_ptr<AnswerChannel> channel_;
  base::CancelToken cancel_;
  base::CancelCallback on_cancel_;
  inference::StreamStep step_;
  std::vector<TokenFrame> tokens_;     // arrived
  std::size_t told_ = 0;               // of them; the last one told holds the text of step_
  std::optional<FinishFrame> finish_;  // arrived, not told yet
  std::optional<base::Error> error_;   // arrived, not told yet
  bool ended_ = false;
};

}  // namespace b3iq::runtimes
