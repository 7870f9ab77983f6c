#include "protocol/transparency/log_tiles.h"

#include <fmt/format.h>

#include <charconv>

namespace b3iq::protocol {
namespace {

constexpr std::string_view kTilePrefix = "tile/";
constexpr std::string_view kEntries = "entries";
constexpr std::string_view kPartial = ".p/";
constexpr std::size_t kGroupDigits = 3;
constexpr std::uint64_t kGroup = 1000;
constexpr std::uint64_t kMaxTileIndex = kMaxTreeSize >> kTileHeight;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Decimal without leading zeros, at most `max`.
std::optional<int> read_number(std::string_view text, int max) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0'))
    return std::nullopt;
  int number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc() || end != text.data() + text.size() || number < 0 || number > max)
    return std::nullopt;
  return number;
}

std::optional<std::uint64_t> read_index(std::string_view text) {
  std::uint64_t index = 0;
  bool is_first = true;
  for (;;) {
    const bool goes_on = text.starts_with('x');
    if (goes_on) text.remove_prefix(1);
    if (text.size() < kGroupDigits) return std::nullopt;
    std::uint64_t group = 0;
    for (const char c : text.substr(0, kGroupDigits)) {
      if (!is_digit(c)) return std::nullopt;
      group = group * 10 + static_cast<std::uint64_t>(c - '0');
    }
    // One spelling: a group in front is not all zeros.
    if (is_first && goes_on && group == 0) return std::nullopt;
    is_first = false;
    index = index * kGroup + group;
    if (index > kMaxTileIndex) return std::nullopt;
    text.remove_prefix(kGroupDigits);
    if (!goes_on) return text.empty() ? std::optional(index) : std::nullopt;
    if (!text.starts_with('/')) return std::nullopt;
    text.remove_prefix(1);
  }
}

std::string index_text(std::uint64_t index) {
  std::string text = fmt::format("{:03}", index % kGroup);
  for (index /= kGroup; index != 0; index /= kGroup)
    text.insert(0, fmt::format("x{:03}/", index % kGroup));
  return text;
}

base::Error bad_bundle() {
  return base::Error(base::ErrorCode::invalid_request,
                     "The entry bundle does not hold as many whole entries as its path says.");
}

}  // namespace

std::string tile_path(const TilePath& path) {
  std::string text(kTilePrefix);
  text += path.kind == TileKind::entries ? std::string(kEntries) : fmt::to_string(path.tile.level);
  text += '/';
  text += index_text(path.tile.index);
  if (path.tile.width != kTileWidth) text += fmt::format("{}{}", kPartial, path.tile.width);
  return text;
}

std::optional<TilePath> parse_tile_path(std::string_view path) {
  if (path.size() > kMaxTilePathBytes || !path.starts_with(kTilePrefix)) return std::nullopt;
  path.remove_prefix(kTilePrefix.size());
  const auto slash = path.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto level = path.substr(0, slash);
  path.remove_prefix(slash + 1);
  TilePath out;
  if (level == kEntries) {
    out.kind = TileKind::entries;
  } else {
    const auto number = read_number(level, kTileLevels - 1);
    if (!number) return std::nullopt;
    out.tile.level = *number;
  }
  if (const auto at = path.find(kPartial); at != std::string_view::npos) {
    const auto width = read_number(path.substr(at + kPartial.size()), kTileWidth - 1);
    if (!width || *width == 0) return std::nullopt;
    out.tile.width = *width;
    path = path.substr(0, at);
  }
  const auto index = read_index(path);
  if (!index) return std::nullopt;
  out.tile.index = *index;
  return out;
}

int tile_width(int level, std::uint64_t index, std::uint64_t size) {
  const std::uint64_t hashes = size >> (kTileHeight * level);
  if (index > hashes >> kTileHeight) return 0;
  const std::uint64_t left = hashes - (index << kTileHeight);
  return left < kTileWidth ? static_cast<int>(left) : kTileWidth;
}

TileHashes tile_hashes_of(const Subtree& subtree) {
  const int below = subtree.height % kTileHeight;
  return {subtree.height / kTileHeight, subtree.index << below, 1 << below};
}

TreeHash hash_of_tile_hashes(std::vector<TreeHash> hashes) {
  for (std::size_t count = hashes.size(); count > 1; count /= 2) {
    for (std::size_t i = 0; i < count / 2; ++i)
      hashes[i] = tree_node_hash(hashes[2 * i], hashes[2 * i + 1]);
  }
  return hashes.front();
}

void append_bundle_entry(std::string& bundle, base::ByteView entry) {
  bundle.push_back(static_cast<char>(entry.size() >> 8));
  bundle.push_back(static_cast<char>(entry.size() & 0xff));
  bundle.append(base::as_text(entry));
}

base::Result<std::vector<base::ByteView>> read_bundle(base::ByteView bundle, int count) {
  std::vector<base::ByteView> entries;
  entries.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    if (bundle.size() < 2) return bad_bundle();
    const std::size_t size = std::size_t{bundle[0]} << 8 | bundle[1];
    bundle = bundle.subspan(2);
    if (bundle.size() < size) return bad_bundle();
    entries.push_back(bundle.first(size));
    bundle = bundle.subspan(size);
  }
  if (!bundle.empty()) return bad_bundle();
  return entries;
}

}  // namespace b3iq::protocol
