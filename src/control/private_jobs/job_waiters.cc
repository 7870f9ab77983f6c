#include "control/private_jobs/job_waiters.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace b3iq::control {

JobPlace::JobPlace(JobWaiters& waiters, JobWait wait)
    : waiters_(waiters),
      customer_id_(std::move(wait.customer_id)),
      news_(wait.news),
      place_(waiters.places_.end()) {
  if (waiters_.full()) return;
  place_ = waiters_.places_.emplace(std::move(wait.command_id), this);
  ++waiters_.of_customers_[customer_id_];
  if (news_ == JobNews::frames) ++waiters_.readers_;
}

JobPlace::~JobPlace() {
  if (place_ == waiters_.places_.end()) return;
  waiters_.places_.erase(place_);
  const auto of_customer = waiters_.of_customers_.find(customer_id_);
  if (--of_customer->second == 0) waiters_.of_customers_.erase(of_customer);
  if (news_ == JobNews::frames) --waiters_.readers_;
}

base::Task<void> JobPlace::wait(std::int64_t deadline_ns, base::CancelToken cancel) {
  const bool has_place = place_ != waiters_.places_.end();
  if (!has_place || waiters_.closed_ || cancel.cancelled() || std::exchange(told_, false))
    co_return;
  base::Arrival<bool> arrival;
  base::CancelCallback on_cancel;
  auto start = [&] {
    deadline_ns_ = deadline_ns;
    arrival_ = &arrival;
    cancel.on_cancel(on_cancel, [this] { wake(); });
  };
  co_await arrival.wait(start);
  told_ = false;
}

void JobPlace::tell() {
  told_ = true;
  wake();
}

// Resumes it later, on the loop.
void JobPlace::wake() {
  if (arrival_ != nullptr) std::exchange(arrival_, nullptr)->set(true);
}

base::Status JobWaiters::check(std::string_view customer_id, std::string_view command_id) const {
  const auto refused = [](std::size_t limit, std::string_view what) {
    return base::Error(base::ErrorCode::rate_limited,
                       fmt::format("{} requests wait for {} already. End some, or ask again when "
                                   "they have ended.",
                                   limit, what),
                       {}, kWaitingRetryMs);
  };
  if (places_.count(command_id) >= kMaxWaitingForOneJob)
    return refused(kMaxWaitingForOneJob, "this job");
  const auto of_customer = of_customers_.find(customer_id);
  if (of_customer != of_customers_.end() && of_customer->second >= kMaxWaitingOfCustomer)
    return refused(kMaxWaitingOfCustomer, "this customer's jobs");
  return {};
}

void JobWaiters::announce(std::string_view command_id) {
  const auto [begin, end] = places_.equal_range(command_id);
  for (auto at = begin; at != end; ++at) at->second->tell();
}

void JobWaiters::announce_frames(const StreamProgress& progress) {
  const auto [begin, end] = places_.equal_range(progress.command_id);
  for (auto at = begin; at != end; ++at) {
    auto& place = *at->second;
    if (place.news_ != JobNews::frames || place.known_frame_ >= progress.next_frame) continue;
    place.saw(progress.next_frame);
    place.tell();
  }
}

void JobWaiters::tick() {
  const auto now = clock_.steady_ns();
  for (const auto& [id, place] : places_)
    if (place->deadline_ns_ <= now) place->wake();
}

std::vector<std::string> JobWaiters::waited_for() const {
  std::vector<std::string> ids;
  for (const auto& [id, place] : places_)
    if (ids.empty() || ids.back() != id) ids.push_back(id);
  return ids;
}

std::vector<StreamProgress> JobWaiters::streams_waited_for() const {
  std::vector<StreamProgress> streams;
  for (const auto& [id, place] : places_) {
    if (place->news_ != JobNews::frames) continue;
    if (streams.empty() || streams.back().command_id != id) {
      streams.push_back({id, place->known_frame_});
    } else {
      streams.back().next_frame = std::min(streams.back().next_frame, place->known_frame_);
    }
  }
  return streams;
}

void JobWaiters::close() {
  closed_ = true;
  for (const auto& [id, place] : places_) place->wake();
}

}  // namespace b3iq::control
