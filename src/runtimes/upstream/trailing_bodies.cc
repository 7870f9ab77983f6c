#include "runtimes/upstream/trailing_bodies.h"

#include <utility>

namespace b3iq::runtimes {

void TrailingBodies::finish(const std::shared_ptr<TrailingBodies>& bodies,
                            std::shared_ptr<base::CancelSource> source,
                            std::unique_ptr<http::ClientResponse> response) {
  if (response->at_end()) return;  // the connection goes back as the response goes
  if (bodies->stopped_ || bodies->open_.size() >= kMaxTrailingBodies) return;
  base::detach(read(bodies, std::move(source), std::move(response)));
}

base::Task<void> TrailingBodies::read(std::shared_ptr<TrailingBodies> bodies,
                                      std::shared_ptr<base::CancelSource> source,
                                      std::unique_ptr<http::ClientResponse> response) {
  bodies->open_.insert(source);
  [[maybe_unused]] const auto rest = co_await response->read_some();
  response.reset();
  bodies->open_.erase(source);
}

void TrailingBodies::stop() {
  stopped_ = true;
  const auto all = std::exchange(open_, {});
  for (const auto& source : all) source->cancel();
}

}  // namespace b3iq::runtimes
