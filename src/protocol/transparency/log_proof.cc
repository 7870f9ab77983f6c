#include "protocol/transparency/log_proof.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace b3iq::protocol {
namespace {

constexpr std::string_view kHeader = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";

base::Error not_one(std::string_view what) {
  return base::Error(base::ErrorCode::invalid_request,
                     fmt::format("This is no proof of a log's entry: {}.", what));
}

base::Result<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return not_one("it is cut");
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

base::Result<std::uint64_t> read_index(std::string_view line) {
  if (!line.starts_with(kIndex)) return not_one("it has no index");
  line.remove_prefix(kIndex.size());
  std::uint64_t index = 0;
  const auto [end, fault] = std::from_chars(line.data(), line.data() + line.size(), index);
  const bool has_zeros = line.size() > 1 && line.front() == '0';
  if (fault != std::errc() || end != line.data() + line.size() || has_zeros ||
      index >= kMaxTreeSize)
    return not_one("its index is not a decimal number without leading zeros");
  return index;
}

}  // namespace

std::string encode_log_proof(const LogProof& proof) {
  std::string text = fmt::format("{}\n{}{}\n", kHeader, kIndex, proof.index);
  for (const TreeHash& hash : proof.hashes) text.append(base::to_base64(hash)).append("\n");
  return text.append("\n").append(proof.checkpoint);
}

base::Result<LogProof> parse_log_proof(std::string_view text) {
  if (text.size() > kMaxLogProofBytes) return not_one("it is too long");
  TRY(auto line, take_line(text));
  if (line != kHeader) return not_one("its first line is another");
  TRY(line, take_line(text));
  if (line.starts_with(kExtra)) {
    if (!base::from_base64(line.substr(kExtra.size()))) return not_one("its extra is no base64");
    TRY(line, take_line(text));
  }
  LogProof proof;
  TRY(proof.index, read_index(line));
  for (;;) {
    TRY(line, take_line(text));
    if (line.empty()) break;
    if (proof.hashes.size() == kMaxProofHashes) return not_one("it has too many hashes");
    const auto bytes = base::from_base64(line);
    if (!bytes || bytes->size() != sizeof(TreeHash))
      return not_one("a hash is not 32 bytes in base64");
    std::ranges::copy(*bytes, proof.hashes.emplace_back().begin());
  }
  proof.checkpoint = text;
  return proof;
}

base::Result<Checkpoint> verify_log_proof(const LogProof& proof, const TreeHash& leaf,
                                          const NoteVerifier& log) {
  TRY(auto checkpoint, open_checkpoint(proof.checkpoint, log));
  const TreeHead& head = checkpoint.head;
  if (!verify_inclusion(leaf, proof.index, head.size, proof.hashes, head.root)) {
    return base::Error(base::ErrorCode::invalid_signature,
                       "The proof's hashes do not lead from this entry to the checkpoint's root.");
  }
  return checkpoint;
}

}  // namespace b3iq::protocol
