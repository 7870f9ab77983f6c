#include "agent/catalogue/model_catalogue.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <set>
#include <utility>

#include "json/json.h"

namespace b3iq::agent {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

constexpr std::int64_t kVersion = 1;
constexpr std::size_t kMaxTextBytes = 1024;
constexpr std::size_t kMaxIdBytes = 64;
constexpr std::size_t kMaxNameBytes = 128;
constexpr std::int64_t kMaxContext = std::int64_t{1} << 31;
constexpr std::size_t kSha256Digits = 64;

constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kDigits = "0123456789";

bool only(std::string_view text, std::initializer_list<std::string_view> allowed) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return std::any_of(allowed.begin(), allowed.end(),
                       [&](std::string_view set) { return set.find(c) != set.npos; });
  });
}

bool valid_id(std::string_view id) {
  return !id.empty() && id.size() <= kMaxIdBytes && only(id, {kLower, kDigits, ".-"}) &&
         only(id.substr(0, 1), {kLower, kDigits}) && id.find("..") == id.npos;
}

bool valid_file_name(std::string_view name) {
  return name.size() <= kMaxNameBytes && name.ends_with(".gguf") && name.front() != '.' &&
         only(name, {kLower, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", kDigits, "._-"});
}

// https://host/path, in the characters that need no escaping.
bool valid_url(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  if (!url.starts_with(kScheme) || url.size() > kMaxTextBytes) return false;
  const std::string_view rest = url.substr(kScheme.size());
  const auto slash = rest.find('/');
  if (slash == rest.npos || slash == 0 || url.find("/..") != url.npos) return false;
  return only(rest.substr(0, slash), {kLower, kDigits, ".-"}) &&
         only(rest.substr(slash), {kLower, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", kDigits, "/._-"});
}

// Reads the members of one object and sees that there are no others.
class ObjectReader {
 public:
  ObjectReader(json::Value object, std::string where) : object_(object), where_(std::move(where)) {}

  Error wrong(std::string_view member) const {
    return {ErrorCode::corrupt, "The model catalogue is not as it should be at '" + where_ +
                                    std::string(member) + "'."};
  }
  json::Value member(std::string_view name) {
    ++asked_;
    return object_.find(name);
  }
  Result<std::string> text(std::string_view name) {
    const auto found = member(name).string();
    if (!found || found->empty() || found->size() > kMaxTextBytes) return wrong(name);
    if (std::any_of(found->begin(), found->end(),
                    [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }))
      return wrong(name);
    return std::string(*found);
  }
  Result<std::optional<std::string>> text_or_null(std::string_view name) {
    if (const auto value = object_.find(name); value && value.is_null()) {
      ++asked_;
      return std::optional<std::string>();
    }
    TRY(auto found, text(name));
    return std::optional(std::move(found));
  }
  Result<std::int64_t> number(std::string_view name, std::int64_t most) {
    const auto found = member(name).integer();
    if (!found || *found <= 0 || *found > most) return wrong(name);
    return *found;
  }
  template <class T, std::size_t N>
  Result<T> word(std::string_view name,
                 const std::array<std::pair<std::string_view, T>, N>& words) {
    TRY(const auto found, text(name));
    for (const auto& [spelling, value] : words) {
      if (spelling == found) return value;
    }
    return wrong(name);
  }
  Status end() const {
    if (!object_.is_object()) return wrong("(not an object)");
    if (object_.size() != asked_) return wrong("(an unknown member)");
    return {};
  }

 private:
  json::Value object_;
  std::string where_;
  std::size_t asked_ = 0;
};

constexpr std::array<std::pair<std::string_view, CatalogueKind>, 4> kKinds = {
    {{"chat", CatalogueKind::chat},
     {"code", CatalogueKind::code},
     {"vision", CatalogueKind::vision},
     {"embedding", CatalogueKind::embedding}}};
constexpr std::array<std::pair<std::string_view, CatalogueFileRole>, 2> kRoles = {
    {{"model", CatalogueFileRole::model}, {"projector", CatalogueFileRole::projector}}};
constexpr std::array<std::pair<std::string_view, CatalogueVerification>, 3> kVerifications = {
    {{"downloaded", CatalogueVerification::downloaded},
     {"publisher_page", CatalogueVerification::publisher_page},
     {"corroborated", CatalogueVerification::corroborated}}};

Result<CatalogueFile> read_file_entry(json::Value value, const std::string& where) {
  ObjectReader object(value, where);
  CatalogueFile file;
  TRY(file.role, object.word("role", kRoles));
  TRY(file.name, object.text("name"));
  if (!valid_file_name(file.name)) return object.wrong("name");
  TRY(file.url, object.text("url"));
  if (!valid_url(file.url) || !file.url.ends_with("/" + file.name)) return object.wrong("url");
  TRY(file.size_bytes, object.number("size_bytes", kMaxModelFileBytes));
  TRY(file.sha256, object.text_or_null("sha256"));
  if (file.sha256 &&
      (file.sha256->size() != kSha256Digits || !only(*file.sha256, {kDigits, "abcdef"})))
    return object.wrong("sha256");
  TRY_OK(object.end());
  return file;
}

Status read_files(json::Value list, const std::string& where, CatalogueModel& model) {
  const Error bad(ErrorCode::corrupt,
                  "The model catalogue is not as it should be at '" + where + "files'.");
  if (!list.is_array() || list.size() == 0 || list.size() > kMaxCatalogueFiles) return bad;
  std::set<std::string> names;
  std::size_t projectors = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    TRY(auto file, read_file_entry(list.at(i), where + "files[" + std::to_string(i) + "]."));
    if (!names.insert(file.name).second) return bad;
    if (file.role == CatalogueFileRole::projector) ++projectors;
    model.files.push_back(std::move(file));
  }
  const std::size_t expected = model.kind == CatalogueKind::vision ? 1 : 0;
  if (projectors != expected || projectors == model.files.size()) return bad;
  return {};
}

Status read_license(json::Value value, const std::string& where, CatalogueModel& model) {
  ObjectReader license(value, where + "license.");
  TRY(model.license_id, license.text("id"));
  TRY(model.license_url, license.text("url"));
  if (!valid_url(model.license_url)) return license.wrong("url");
  return license.end();
}

Status read_sources(json::Value value, const std::string& where, CatalogueModel& model) {
  ObjectReader sources(value, where + "sources.");
  TRY(model.sources_files, sources.text("files"));
  TRY(model.sources_context, sources.text("context"));
  return sources.end();
}

Result<CatalogueModel> read_model(json::Value value, const std::string& where) {
  ObjectReader object(value, where);
  CatalogueModel model;
  TRY(model.id, object.text("id"));
  if (!valid_id(model.id)) return object.wrong("id");
  TRY(model.name, object.text("name"));
  TRY(model.family, object.text("family"));
  TRY(model.kind, object.word("kind", kKinds));
  TRY(model.parameters, object.text_or_null("parameters"));
  TRY_OK(read_license(object.member("license"), where, model));
  TRY(model.quantization, object.text("quantization"));
  const json::Value context = object.member("context_tokens");
  if (!context || !(context.is_null() || context.integer())) return object.wrong("context_tokens");
  model.context_tokens = context.integer();
  if (model.context_tokens && (*model.context_tokens <= 0 || *model.context_tokens > kMaxContext))
    return object.wrong("context_tokens");
  TRY_OK(read_files(object.member("files"), where, model));
  TRY(model.min_ram_bytes, object.number("min_ram_bytes", kMaxModelFileBytes));
  TRY(model.min_vram_bytes, object.number("min_vram_bytes", kMaxModelFileBytes));
  TRY(model.verification, object.word("verification", kVerifications));
  TRY_OK(read_sources(object.member("sources"), where, model));
  TRY_OK(object.end());
  return model;
}

}  // namespace

std::string_view catalogue_kind_name(CatalogueKind kind) {
  for (const auto& [name, value] : kKinds) {
    if (value == kind) return name;
  }
  return "chat";
}

std::int64_t CatalogueModel::download_bytes() const {
  std::int64_t bytes = 0;
  for (const auto& file : files) bytes += file.size_bytes;  // at most 2^6 × 2^42
  return bytes;
}

const CatalogueModel* Catalogue::find(std::string_view id) const {
  const auto found = std::find_if(models.begin(), models.end(),
                                  [&](const CatalogueModel& model) { return model.id == id; });
  return found == models.end() ? nullptr : &*found;
}

Result<Catalogue> read_catalogue(std::string_view text) {
  auto document = json::Document::parse(text, {.max_bytes = kMaxCatalogueBytes, .max_depth = 8});
  if (!document.ok())
    return Error(ErrorCode::corrupt, "The model catalogue is not JSON: " + document.error().detail);
  ObjectReader object(document->root(), "");
  Catalogue catalogue;
  TRY(const auto version, object.number("version", INT64_MAX));
  if (version != kVersion) {
    return Error(ErrorCode::corrupt, "The model catalogue is of version " +
                                         std::to_string(version) + "; this node reads version 1.");
  }
  TRY(catalogue.checked, object.text("checked"));
  TRY(catalogue.about, object.text("about"));
  const json::Value models = object.member("models");
  if (!models.is_array() || models.size() > kMaxCatalogueModels) return object.wrong("models");
  for (std::size_t i = 0; i < models.size(); ++i) {
    const std::string where = "models[" + std::to_string(i) + "].";
    TRY(auto model, read_model(models.at(i), where));
    if (catalogue.find(model.id) != nullptr) return object.wrong(where + "id");
    catalogue.models.push_back(std::move(model));
  }
  TRY_OK(object.end());
  return catalogue;
}

Result<Catalogue> load_catalogue(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Catalogue{};
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  return read_catalogue(text);
}

}  // namespace b3iq::agent
