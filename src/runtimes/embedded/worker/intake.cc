#include "runtimes/embedded/worker/intake.h"

#include <utility>

#include "runtimes/embedded/worker/prepared_request.h"

namespace b3iq::runtimes::worker {
namespace {

WorkerError wire_code(base::ErrorCode code) {
  if (code == base::ErrorCode::invalid_request) return WorkerError::invalid_request;
  if (code == base::ErrorCode::context_length_exceeded) return WorkerError::context_length_exceeded;
  if (code == base::ErrorCode::overloaded) return WorkerError::overloaded;
  return WorkerError::failed;
}

}  // namespace

void Intake::refuse(std::uint64_t id, const base::Error& error) {
  link_.send(ErrorFrame{id, wire_code(error.code), error.detail, error.param});
}

void Intake::accept(ChatFrame request) {
  if (open_.load() >= capacity_) {
    refuse(request.id, {base::ErrorCode::overloaded,
                        "The model is answering or queueing " + std::to_string(capacity_) +
                            " requests, as many as it may; try again in a moment."});
    return;
  }
  ++open_;
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(request));
  }
  arrived_.notify_one();
}

void Intake::cancel(std::uint64_t id) {
  std::lock_guard lock(mutex_);
  auto removed = std::erase_if(queue_, [&](const ChatFrame& request) { return request.id == id; });
  open_ -= static_cast<std::uint32_t>(removed);
  if (preparing_ == id) preparing_cancelled_ = true;
  if (removed == 0 && preparing_ != id) engine_.cancel(id);
}

void Intake::run() {
  while (true) {
    ChatFrame request;
    {
      std::unique_lock lock(mutex_);
      arrived_.wait(lock, [&] { return !queue_.empty(); });
      request = std::move(queue_.front());
      queue_.pop_front();
      preparing_ = request.id;
      preparing_cancelled_ = false;
    }
    const std::uint64_t id = request.id;
    auto prepared = prepare_request(model_, std::move(request));
    std::lock_guard lock(mutex_);
    preparing_ = 0;
    if (prepared.ok() && !preparing_cancelled_) {
      engine_.submit(std::move(prepared).value());
      continue;
    }
    --open_;
    if (!prepared.ok() && !preparing_cancelled_) refuse(id, prepared.error());
  }
}

}  // namespace b3iq::runtimes::worker
