#include "agent/backup/backup_manifest.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "base/bytes.h"
#include "crypto/sha256.h"
#include "json/json.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

constexpr std::string_view kType = "b3iq-backup-v1";
constexpr std::size_t kMaxManifestBytes = 64 * 1024;
constexpr std::array<std::string_view, 3> kKnownFiles = {"config.json", "state.db", "identity.key"};

Error damaged(const std::string& folder, std::string_view what) {
  return Error(
      ErrorCode::corrupt,
      fmt::format("The backup in {} cannot be used: {}. Nothing was restored.", folder, what));
}

base::Status check_content(const std::string& folder, std::string_view file,
                           std::string_view wanted) {
  const auto hash = hash_file(fmt::format("{}/{}", folder, file));
  if (!hash.ok()) return damaged(folder, fmt::format("{} is missing", file));
  if (*hash != wanted) return damaged(folder, fmt::format("{} is not as it was made", file));
  return {};
}

base::Status check_files(const std::string& folder, json::Value files, FileCheck check,
                         BackupFacts& facts) {
  for (std::size_t i = 0; i < files.size(); ++i) {
    const auto entry = files.member(i);
    // Only names that a backup has: a manifest must not lead anywhere else.
    if (std::ranges::find(kKnownFiles, entry.name) == kKnownFiles.end())
      return damaged(folder, fmt::format("its manifest names '{}'", entry.name));
    if (check == FileCheck::contents)
      TRY_OK(check_content(folder, entry.name, entry.value.string().value_or("")));
    facts.files.emplace_back(entry.name);
  }
  for (const auto needed : {"config.json", "state.db"}) {
    if (std::ranges::find(facts.files, needed) == facts.files.end())
      return damaged(folder, fmt::format("it has no {}", needed));
  }
  return {};
}

}  // namespace

Result<std::string> hash_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return Error(ErrorCode::file_failed, fmt::format("{} cannot be read.", path));
  crypto::Sha256 hash;
  std::array<char, 64 * 1024> piece;
  while (in.read(piece.data(), piece.size()) || in.gcount() > 0)
    hash.update(base::as_bytes({piece.data(), static_cast<std::size_t>(in.gcount())}));
  if (in.bad()) return Error(ErrorCode::file_failed, fmt::format("{} cannot be read.", path));
  return base::to_hex(hash.finish());
}

Result<std::string> write_manifest(const std::string& folder, const BackupFacts& facts) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  w.member("type", kType);
  w.member("node_id", facts.node_id);
  w.member("created_at", facts.created_at);
  w.member("has_identity", facts.has_identity);
  w.key("sha256");
  w.begin_object();
  for (const auto& file : facts.files) {
    TRY(const auto hash, hash_file(fmt::format("{}/{}", folder, file)));
    w.member(file, hash);
  }
  w.end_object();
  w.end_object();
  return text;
}

Result<BackupFacts> read_manifest(const std::string& folder, FileCheck check) {
  std::ifstream in(fmt::format("{}/{}", folder, kManifestFile), std::ios::binary);
  if (!in) return damaged(folder, "it has no manifest.json");
  std::string text(kMaxManifestBytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  const auto document = json::Document::parse(text);
  if (!document.ok() || document->root().find("type").string() != kType)
    return damaged(folder, "its manifest.json is not one of a backup");
  const auto root = document->root();
  BackupFacts facts;
  facts.node_id = root.find("node_id").string().value_or("");
  facts.created_at = root.find("created_at").string().value_or("");
  TRY_OK(check_files(folder, root.find("sha256"), check, facts));
  facts.has_identity = std::ranges::find(facts.files, "identity.key") != facts.files.end();
  return facts;
}

}  // namespace b3iq::agent
