#include "base/cancel.h"

namespace b3iq::base {

void CancelCallback::reset() {
  if (source_) {
    if (previous_) {
      previous_->next_ = next_;
    } else {
      source_->head_ = next_;
    }
    if (next_) next_->previous_ = previous_;
    source_ = nullptr;
    previous_ = next_ = nullptr;
  }
  function_ = {};
}

bool CancelToken::cancelled() const { return source_ && source_->cancelled_; }

void CancelToken::on_cancel(CancelCallback& callback, UniqueFunction<void()> function) const {
  callback.reset();
  if (!source_) return;
  if (source_->cancelled_) {
    function();
    return;
  }
  callback.function_ = std::move(function);
  callback.source_ = source_;
  callback.next_ = source_->head_;
  if (source_->head_) source_->head_->previous_ = &callback;
  source_->head_ = &callback;
}

CancelSource::~CancelSource() {
  while (head_) head_->reset();
}

void CancelSource::cancel() {
  cancelled_ = true;
  while (head_) {
    auto function = std::move(head_->function_);
    head_->reset();
    function();
  }
}

}  // namespace b3iq::base
