#include "client/proxy/chat_job.h"

#include <utility>

namespace b3iq::client {

using base::Task;

bool ChatJob::has_begun() const {
  return started_ && started_->ok() &&
         std::holds_alternative<std::unique_ptr<BegunAnswer>>(started_->value());
}

void ChatJob::start(const std::shared_ptr<ChatJob>& job, const Run& run) {
  base::detach(run_start(job, run));
}

void ChatJob::pull(const std::shared_ptr<ChatJob>& job) {
  job->piece_.reset();
  base::detach(run_pull(job));
}

Task<void> ChatJob::run_start(std::shared_ptr<ChatJob> job, Run run) {
  auto running = run(job->order_, job->tried_, job->cancel_.token());
  auto started = co_await std::move(running);
  job->started_.emplace(std::move(started));
  job->changed_.wake();
}

Task<void> ChatJob::run_pull(std::shared_ptr<ChatJob> job) {
  auto pulling = job->stream().next();
  job->piece_.emplace(co_await std::move(pulling));
  job->changed_.wake();
}

}  // namespace b3iq::client
