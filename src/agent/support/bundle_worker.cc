#include "agent/support/bundle_worker.h"

namespace b3iq::agent {

base::Task<base::Result<SupportBundle>> BundleWorker::make() {
  if (busy_) {
    co_return base::Error(base::ErrorCode::conflict,
                          "A support bundle is being made. Try again when it is done.");
  }
  busy_ = true;
  if (!thread_) thread_ = std::make_unique<base::SingleThreadExecutor>();
  base::Arrival<SupportBundle> made;
  auto start = [this, &made] {
    thread_->post([this, &made] { made.set(make_support_bundle(home_)); });
  };
  auto bundle = co_await made.wait(start);
  busy_ = false;
  co_return bundle;
}

}  // namespace b3iq::agent
