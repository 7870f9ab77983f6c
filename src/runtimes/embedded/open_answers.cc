#include "runtimes/embedded/open_answers.h"

namespace b3iq::runtimes {

std::shared_ptr<AnswerChannel> OpenAnswers::add(std::uint64_t id, std::string unsent,
                                                std::int64_t now_ms) {
  auto channel = std::make_shared<AnswerChannel>(id);
  open_.emplace(id, Open{channel, std::move(unsent), now_ms});
  return channel;
}

bool OpenAnswers::forget(std::uint64_t id) {
  const auto found = open_.find(id);
  if (found == open_.end()) return false;
  const bool sent = found->second.unsent.empty();
  open_.erase(found);
  return sent;
}

std::string OpenAnswers::take_unsent() {
  std::string frames;
  for (auto& [id, open] : open_) frames += std::exchange(open.unsent, {});
  return frames;
}

void OpenAnswers::finish(const FinishFrame& frame) {
  const auto channel = take(frame.id);
  if (!channel) return;
  channel->finish(frame);
  note_wake(channel);
}

void OpenAnswers::fail(std::uint64_t id, base::Error error) {
  const auto channel = take(id);
  if (!channel) return;
  channel->fail(std::move(error));
  note_wake(channel);
}

void OpenAnswers::fail_all(const base::Error& error, bool also_unsent) {
  fail_if(error, [also_unsent](const Open& open) { return also_unsent || open.unsent.empty(); });
}

void OpenAnswers::fail_opened_before(std::int64_t at_ms, const base::Error& error) {
  fail_if(error, [at_ms](const Open& open) { return open.opened_ms < at_ms; });
}

template <class Chosen>
void OpenAnswers::fail_if(const base::Error& error, Chosen chosen) {
  std::erase_if(open_, [&](const auto& entry) {
    const auto& [id, open] = entry;
    if (!chosen(open)) return false;
    open.channel->fail(error);
    note_wake(open.channel);
    return true;
  });
}

std::shared_ptr<AnswerChannel> OpenAnswers::take(std::uint64_t id) {
  const auto found = open_.find(id);
  if (found == open_.end()) return nullptr;
  auto channel = std::move(found->second.channel);
  open_.erase(found);
  return channel;
}

void OpenAnswers::note_wake(const std::shared_ptr<AnswerChannel>& channel) {
  if (base::Executor* sleeper = channel->take_sleeper()) wakes_[sleeper].push_back(channel);
}

void OpenAnswers::post_wakes() {
  for (auto& [executor, channels] : wakes_) {
    if (channels.empty()) continue;
    executor->post([batch = std::exchange(channels, {})] {
      for (const auto& channel : batch) channel->wake();
    });
  }
}

}  // namespace b3iq::runtimes
