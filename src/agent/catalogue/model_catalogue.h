// The models that a node can offer to install: a JSON file that comes with the node (models/
// catalogue.json) or from an owner's address, so it is read as strictly as anything from outside.
// Its ids and file names are safe as names, but nothing here makes a path of them. Pure; any
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace b3iq::agent {

inline constexpr std::size_t kMaxCatalogueBytes = 1024 * 1024;
inline constexpr std::size_t kMaxCatalogueModels = 1000;
inline constexpr std::size_t kMaxCatalogueFiles = 64;  // of one model
inline constexpr std::int64_t kMaxModelFileBytes = std::int64_t{1} << 42;

enum class CatalogueKind : std::uint8_t { chat, code, vision, embedding };
std::string_view catalogue_kind_name(CatalogueKind kind);

enum class CatalogueFileRole : std::uint8_t {
  model,     // one, or the parts of a split model in order
  projector  // of a vision model
};

// Where sizes and checksums come from.
enum class CatalogueVerification : std::uint8_t {
  downloaded,      // this project downloaded the file and computed them
  publisher_page,  // read on the publisher's page of the file
  corroborated     // unrelated projects state them alike
};

struct CatalogueFile {
  CatalogueFileRole role = CatalogueFileRole::model;
  std::string name;  // [A-Za-z0-9._-], ends in .gguf, does not begin with a dot
  std::string url;   // https, no user, query or fragment; ends in "/" and the name
  std::int64_t size_bytes = 0;
  // Lower-case hexadecimal. Nothing: not established; the first download pins it.
  std::optional<std::string> sha256;
};

struct CatalogueModel {
  std::string id;  // [a-z0-9.-], begins with a letter or digit, at most 64
  std::string name;
  std::string family;
  CatalogueKind kind = CatalogueKind::chat;
  std::optional<std::string> parameters;  // as the model's makers name it: "4B"
  std::string license_id;                 // SPDX, or LicenseRef-…
  std::string license_url;
  std::string quantization;
  std::optional<std::int64_t> context_tokens;
  std::vector<CatalogueFile> files;
  std::int64_t min_ram_bytes = 0;   // estimated, all on the CPU
  std::int64_t min_vram_bytes = 0;  // estimated, all on the GPU
  CatalogueVerification verification = CatalogueVerification::corroborated;
  std::string sources_files, sources_context;  // in words

  std::int64_t download_bytes() const;
};

struct Catalogue {
  std::string checked;  // the day the entries were looked up: "2026-11-22"
  std::string about;
  std::vector<CatalogueModel> models;

  const CatalogueModel* find(std::string_view id) const;
};

// Every member must be there, of its kind and form, and no other. Error: corrupt, with the model's
// number and the member.
base::Result<Catalogue> read_catalogue(std::string_view text);

// The same from a file. A missing file is an empty catalogue: the node works without it.
base::Result<Catalogue> load_catalogue(const std::string& path);

}  // namespace b3iq::agent
