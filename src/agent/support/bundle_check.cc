#include "agent/support/bundle_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/support/bundle_index.h"
#include "agent/support/tar_reader.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

// As they stand in the archive's one folder.
Result<std::vector<TarFile>> files_of(std::string_view archive) {
  TRY(auto files, read_tar(archive));
  const auto folder = files.front().name.substr(0, files.front().name.find('/') + 1);
  for (auto& file : files) {
    if (folder.empty() || !file.name.starts_with(folder)) {
      return Error(ErrorCode::invalid_request,
                   fmt::format("The bundle's files are in one folder; '{}' is not.", file.name));
    }
    file.name.erase(0, folder.size());
  }
  return files;
}

const TarFile* named(const std::vector<TarFile>& files, std::string_view name) {
  const auto found = std::ranges::find(files, name, &TarFile::name);
  return found == files.end() ? nullptr : &*found;
}

void compare(const std::vector<TarFile>& files, const BundleIndex& index, BundleVerdict& verdict) {
  auto& problems = verdict.problems;
  for (const auto& part : index.parts) {
    const auto* file = named(files, part.name);
    if (file == nullptr) {
      problems.push_back(fmt::format("{} is in the index and not in the bundle.", part.name));
    } else if (indexed_part(part.name, file->content) != part) {
      problems.push_back(
          fmt::format("{} was changed: it has {} bytes, and the index another size or SHA-256.",
                      part.name, file->content.size()));
    }
  }
  for (const auto& file : files) {
    if (std::ranges::count(files, file.name, &TarFile::name) > 1) {
      problems.push_back(fmt::format("{} is in the bundle more than once.", file.name));
    } else if (file.name != kBundleIndexName &&
               std::ranges::find(index.parts, file.name, &IndexedPart::name) == index.parts.end()) {
      problems.push_back(fmt::format("{} is in the bundle and not in the index.", file.name));
    }
  }
}

base::Status check(std::string_view archive, std::string_view node_id, BundleVerdict& verdict) {
  TRY(const auto files, files_of(archive));
  const auto* text = named(files, kBundleIndexName);
  if (text == nullptr) {
    return Error(ErrorCode::invalid_request,
                 "The bundle has no index.json, so nothing in it is signed.");
  }
  TRY(const auto index, read_bundle_index(text->content));
  verdict.node_id = index.node_id;
  verdict.made_at = index.made_at;
  verdict.parts = index.parts.size();
  if (!node_id.empty() && node_id != index.node_id) {
    verdict.problems.push_back(
        fmt::format("It was signed by {}, not by {}.", index.node_id, node_id));
  }
  compare(files, index, verdict);
  return {};
}

}  // namespace

BundleVerdict check_bundle(std::string_view archive, std::string_view node_id) {
  BundleVerdict verdict;
  if (const auto checked = check(archive, node_id, verdict); !checked.ok())
    verdict.problems.push_back(checked.error().detail);
  return verdict;
}

}  // namespace b3iq::agent
