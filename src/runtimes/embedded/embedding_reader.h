// Collects the vectors of one embedding request as the worker sends them.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/cancel.h"
#include "base/task.h"
#include "inference/embedding.h"
#include "runtimes/embedded/worker_hub.h"

namespace b3iq::runtimes {

class EmbeddingReader {
 public:
  // `inputs`: how many vectors there will be.
  EmbeddingReader(std::shared_ptr<WorkerHub> hub, std::shared_ptr<AnswerChannel> channel,
                  base::CancelToken cancel, std::size_t inputs);
  // Stops the work.
  ~EmbeddingReader();
  EmbeddingReader(const EmbeddingReader&) = delete;
  EmbeddingReader& operator=(const EmbeddingReader&) = delete;

  // Once. Errors: cancelled, the worker's own, and upstream_failed when what it sent makes no
  // sense.
  base::Task<base::Result<inference::EmbeddingAnswer>> read();

 private:
  base::Status keep(std::vector<EmbeddingFrame> frames);

  std::shared_ptr<WorkerHub> hub_;
  std::shared_ptr<AnswerChannel> channel_;
  base::CancelToken cancel_;
  base::CancelCallback on_cancel_;
  inference::EmbeddingAnswer answer_;
  std::size_t missing_;
  std::size_t length_ = 0;  // of each vector; 0: none has come
  bool ended_ = false;
};

}  // namespace b3iq::runtimes
