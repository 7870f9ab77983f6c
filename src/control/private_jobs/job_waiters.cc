#include "control/private_jobs/job_waiters.h"

#include <algorithm>
#include <utility>

namespace b3iq::control {

JobPlace::JobPlace(JobWaiters& waiters, std::string command_id, JobNews news)
    : waiters_(waiters), news_(news), place_(waiters.places_.end()) {
  if (!waiters.full()) place_ = waiters.places_.emplace(std::move(command_id), this);
}

JobPlace::~JobPlace() {
  if (place_ != waiters_.places_.end()) waiters_.places_.erase(place_);
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

void JobWaiters::announce(std::string_view command_id) {
  const auto [begin, end] = places_.equal_range(command_id);
  for (auto at = begin; at != end; ++at) at->second->tell();
}

void JobWaiters::announce_frames(std::string_view command_id) {
  const auto [begin, end] = places_.equal_range(command_id);
  for (auto at = begin; at != end; ++at)
    if (at->second->news_ == JobNews::frames) at->second->tell();
}

void JobWaiters::tick() {
  const auto now = clock_.steady_ns();
  for (const auto& [id, place] : places_)
    if (place->deadline_ns_ <= now) place->wake();
}

std::vector<std::string> JobWaiters::waited_for(JobNews news) const {
  std::vector<std::string> ids;
  ids.reserve(places_.size());
  for (const auto& [id, place] : places_)
    if (news == JobNews::end || place->news_ == JobNews::frames) ids.push_back(id);
  std::ranges::sort(ids);
  const auto twice = std::ranges::unique(ids);
  ids.erase(twice.begin(), twice.end());
  return ids;
}

void JobWaiters::close() {
  closed_ = true;
  for (const auto& [id, place] : places_) place->wake();
}

}  // namespace b3iq::control
