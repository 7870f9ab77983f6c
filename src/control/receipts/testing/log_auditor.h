// Tests only: one who trusts nothing but the log's key. It reads checkpoint, tiles and entry
// bundles by their paths, recomputes the tree, and remembers what it was promised.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "protocol/transparency/log_checkpoint.h"
#include "protocol/transparency/log_tiles.h"
#include "protocol/transparency/receipt_log_entry.h"
#include "protocol/transparency/tree_of_leaves.h"

namespace b3iq::control {

class LogAuditor {
 public:
  // The bytes at "checkpoint" or "tile/…"; nullopt when there are none.
  using Fetch = std::function<std::optional<std::string>(const std::string& path)>;
  LogAuditor(protocol::NoteVerifier log, Fetch fetch)
      : log_(std::move(log)), fetch_(std::move(fetch)) {}

  // "" when the log is what it was and what it says; else what is wrong.
  std::string audit() {
    const auto note = fetch_("checkpoint");
    if (!note) return "no checkpoint";
    const auto checkpoint = protocol::open_checkpoint(*note, log_);
    if (!checkpoint.ok()) return checkpoint.error().detail;
    const auto& head = checkpoint->head;
    if (head.size < head_.size) return "the log went back";
    protocol::TreeOfLeaves tree;
    entries_.clear();
    if (auto fault = read_entries(head.size, tree); !fault.empty()) return fault;
    if (tree.head(head.size) != head) return "the entries do not make the checkpoint's root";
    if (auto fault = check_tiles(head.size, tree); !fault.empty()) return fault;
    if (!protocol::verify_consistency(head_, head, tree.consistency(head_.size, head.size)))
      return "the log forked";
    head_ = head;
    tree_ = std::move(tree);
    return "";
  }
  // Whether the tree that was audited last begins with this one.
  bool began_with(const protocol::TreeHead& older) const {
    return older.size <= tree_.size() && tree_.head(older.size) == older;
  }

  const protocol::TreeHead& head() const { return head_; }
  bool has(const crypto::Sha256Digest& receipt_hash) const {
    const auto entry = protocol::receipt_log_entry(receipt_hash);
    return entries_.contains(std::string(base::as_text(entry)));
  }
  std::size_t entries() const { return entries_.size(); }

 private:
  std::string read_entries(std::uint64_t size, protocol::TreeOfLeaves& tree) {
    for (std::uint64_t n = 0; protocol::tile_width(0, n, size) > 0; ++n) {
      const int width = protocol::tile_width(0, n, size);
      const auto path = protocol::tile_path({protocol::TileKind::entries, {0, n, width}});
      const auto bundle = fetch_(path);
      if (!bundle) return "no " + path;
      const auto entries = protocol::read_bundle(base::as_bytes(*bundle), width);
      if (!entries.ok()) return path + ": " + entries.error().detail;
      for (const auto entry : *entries) {
        tree.add(protocol::tree_leaf_hash(entry));
        if (!entries_.emplace(base::as_text(entry)).second) return path + " has an entry again";
      }
    }
    return "";
  }
  std::string check_tiles(std::uint64_t size, const protocol::TreeOfLeaves& tree) {
    for (int level = 0; protocol::tile_width(level, 0, size) > 0; ++level) {
      for (std::uint64_t n = 0; protocol::tile_width(level, n, size) > 0; ++n) {
        const int width = protocol::tile_width(level, n, size);
        const auto path = protocol::tile_path({protocol::TileKind::hashes, {level, n, width}});
        const auto tile = fetch_(path);
        if (!tile) return "no " + path;
        std::string expected;
        for (int i = 0; i < width; ++i) {
          const auto position = n * protocol::kTileWidth + static_cast<std::uint64_t>(i);
          expected += base::as_text(tree.subtree({level * protocol::kTileHeight, position}));
        }
        if (*tile != expected) return path + " has other hashes";
      }
    }
    return "";
  }

  protocol::NoteVerifier log_;
  Fetch fetch_;
  protocol::TreeHead head_ = protocol::empty_tree_head();
  protocol::TreeOfLeaves tree_;
  std::set<std::string> entries_;
};

}  // namespace b3iq::control
