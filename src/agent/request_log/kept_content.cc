#include "agent/request_log/kept_content.h"

#include <algorithm>

namespace b3iq::agent {

namespace {
constexpr std::size_t kFirstBytes = 512;
}

bool WipedText::append(std::string_view text) {
  const auto taken = text.substr(0, std::min(text.size(), kMaxKeptText - size_));
  if (size_ + taken.size() > bytes_.size()) {
    const auto wanted = std::max({size_ + taken.size(), 2 * bytes_.size(), kFirstBytes});
    auto larger = crypto::Secret::of_size(std::min(wanted, kMaxKeptText));
    std::ranges::copy(view(), larger.writable().begin());
    bytes_ = std::move(larger);  // the old one is wiped
  }
  std::ranges::copy(taken, bytes_.writable().begin() + static_cast<std::ptrdiff_t>(size_));
  size_ += taken.size();
  return taken.size() == text.size();
}

void WipedText::clear() {
  bytes_.clear();
  size_ = 0;
}

void CallContent::wipe() {
  request_.clear();
  answer_.clear();
  wiped_ = true;
}

void KeptContent::turn_off() {
  on_ = false;
  for (auto* node = under_way_.front(); node != under_way_.end(); node = node->next())
    static_cast<CallContent*>(node)->wipe();
  kept_.clear();
  bytes_ = 0;
}

std::size_t KeptContent::gathered() {
  std::size_t count = 0;
  for (auto* node = under_way_.front(); node != under_way_.end(); node = node->next()) ++count;
  return count;
}

std::unique_ptr<CallContent> KeptContent::begin(std::string_view body) {
  if (!on_ || gathered() >= kMaxGathered) return nullptr;
  auto content = std::make_unique<CallContent>();
  content->add_request(body);
  under_way_.push_back(*content);
  return content;
}

void KeptContent::keep(std::uint64_t seq, std::unique_ptr<CallContent> content) {
  if (!on_ || !content || content->wiped()) return;
  content->unlink();
  bytes_ += content->bytes();
  kept_.emplace(seq, std::move(content));
  while (bytes_ > kMaxKeptContent) drop(kept_.begin()->first);
}

const CallContent* KeptContent::find(std::uint64_t seq) const {
  const auto found = kept_.find(seq);
  return found == kept_.end() ? nullptr : found->second.get();
}

void KeptContent::drop(std::uint64_t seq) {
  const auto found = kept_.find(seq);
  if (found == kept_.end()) return;
  bytes_ -= found->second->bytes();
  kept_.erase(found);
}

}  // namespace b3iq::agent
