// Makes support bundles for the serving node, beside its loop: a bundle asks the node itself, as a
// command would, and reads its files. One at a time; the thread starts with the first.
#pragma once

#include <memory>

#include "agent/support/support_bundle.h"
#include "base/result.h"
#include "base/single_thread_executor.h"
#include "base/task.h"

namespace b3iq::agent {

class BundleWorker {
 public:
  explicit BundleWorker(Home home) : home_(std::move(home)) {}

  // On the loop's thread. Errors: conflict while another bundle is made.
  base::Task<base::Result<SupportBundle>> make();
  // Whether none is being made: the loop must live until then.
  bool idle() const { return !busy_; }

 private:
  Home home_;
  bool busy_ = false;
  std::unique_ptr<base::SingleThreadExecutor> thread_;
};

}  // namespace b3iq::agent
