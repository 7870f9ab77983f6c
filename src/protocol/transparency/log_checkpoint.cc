#include "protocol/transparency/log_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace b3iq::protocol {
namespace {

base::Error not_one(std::string_view what) {
  return base::Error(base::ErrorCode::invalid_request,
                     fmt::format("This is no checkpoint of a log: {}.", what));
}

// The next line without its line feed, and none when there is no more.
std::string_view take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return {};
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

base::Result<std::uint64_t> read_size(std::string_view text) {
  std::uint64_t size = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), size);
  const bool has_zeros = text.size() > 1 && text.front() == '0';
  if (fault != std::errc() || end != text.data() + text.size() || has_zeros || size > kMaxTreeSize)
    return not_one("its size is not a decimal number without leading zeros, or too large");
  return size;
}

}  // namespace

std::string checkpoint_text(const Checkpoint& checkpoint) {
  return fmt::format("{}\n{}\n{}\n", checkpoint.origin, checkpoint.head.size,
                     base::to_base64(checkpoint.head.root));
}

base::Result<Checkpoint> parse_checkpoint_text(std::string_view text) {
  if (!text.ends_with('\n')) return not_one("its last line is cut");
  Checkpoint checkpoint;
  checkpoint.origin = take_line(text);
  if (checkpoint.origin.empty()) return not_one("it has no origin");
  TRY(checkpoint.head.size, read_size(take_line(text)));
  const auto root = base::from_base64(take_line(text));
  if (!root || root->size() != checkpoint.head.root.size())
    return not_one("its root is not 32 bytes in base64");
  std::ranges::copy(*root, checkpoint.head.root.begin());
  while (!text.empty()) {
    if (take_line(text).empty()) return not_one("it has an empty line");
  }
  return checkpoint;
}

std::string sign_checkpoint(const Checkpoint& checkpoint, const crypto::Ed25519SecretKey& key) {
  return sign_note(checkpoint_text(checkpoint), checkpoint.origin, key);
}

base::Result<Checkpoint> open_checkpoint(std::string_view note, const NoteVerifier& log) {
  TRY(const auto text, open_note(note, log));
  TRY(auto checkpoint, parse_checkpoint_text(text));
  if (checkpoint.origin != log.name) {
    return base::Error(base::ErrorCode::invalid_signature,
                       fmt::format("The checkpoint is of another log than {}.", log.name));
  }
  return checkpoint;
}

}  // namespace b3iq::protocol
