#include "agent/private_jobs/job_deadline.h"

#include <algorithm>

namespace b3iq::agent {

struct JobDeadline::Watch {
  std::unique_ptr<WakeTimer> timer;
  base::CancelSource cancel;
  bool over = false;  // the job has ended
  bool passed = false;
};

JobDeadline::JobDeadline(base::CancelToken command, WakeClock& wake, std::int64_t left_ms,
                         int& watching)
    : watch_(std::make_shared<Watch>()) {
  watch_->timer = wake.timer();
  command.on_cancel(on_command_, [watch = watch_] { watch->cancel.cancel(); });
  ++watching;
  base::detach(wait(watch_, wake.now_ms() + std::max<std::int64_t>(left_ms, 0), watching));
}

JobDeadline::~JobDeadline() {
  watch_->over = true;
  watch_->timer->wake();
}

base::Task<void> JobDeadline::wait(std::shared_ptr<Watch> watch, std::int64_t until_ms,
                                   int& watching) {
  co_await watch->timer->wait_until(until_ms);
  if (!watch->over) {
    watch->passed = true;
    watch->cancel.cancel();
  }
  --watching;
}

base::CancelToken JobDeadline::token() { return watch_->cancel.token(); }
bool JobDeadline::passed() const { return watch_->passed; }

}  // namespace b3iq::agent
