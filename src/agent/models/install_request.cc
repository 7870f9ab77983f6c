#include "agent/models/install_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "agent/models/installed_model.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

namespace {

constexpr std::size_t kMaxSourceBytes = 4096;
constexpr std::size_t kSha256HexChars = 64;

Error wrong(std::string_view member, std::string what) {
  return Error(ErrorCode::invalid_request, fmt::format("'{}' {}", member, what),
               std::string(member));
}

Status read_text(json::Value body, std::string_view name, std::string& out) {
  const auto value = body.find(name);
  if (!value || value.is_null()) return {};
  const auto text = value.string();
  if (!text || text->empty() || text->size() > kMaxSourceBytes ||
      text->find('\0') != std::string_view::npos)
    return wrong(name, fmt::format("must be a text of 1 to {} bytes.", kMaxSourceBytes));
  out = *text;
  return {};
}

Status read_amount(json::Value body, std::string_view name, std::optional<std::int64_t>& out) {
  const auto value = body.find(name);
  if (!value || value.is_null()) return {};
  out = value.integer();
  if (!out || *out <= 0) return wrong(name, "must be a whole number above 0.");
  return {};
}

Status check_members(json::Value body) {
  static constexpr std::array<std::string_view, 9> kKnown = {
      "kind",   "name",       "catalogue",       "url", "path", "runtime",
      "sha256", "size_bytes", "bytes_per_second"};
  for (std::size_t i = 0; i < body.size(); ++i) {
    const auto name = body.member(i).name;
    if (std::ranges::find(kKnown, name) == kKnown.end()) return wrong(name, "is not known here.");
  }
  return {};
}

bool is_sha256(std::string_view text) {
  return text.size() == kSha256HexChars && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// "https://host/a/b.gguf?token=x" gives "b".
std::string name_of_address(std::string_view address) {
  auto name = address.substr(0, address.find_first_of("?#"));
  name = name.substr(name.rfind('/') + 1);
  if (name.ends_with(".gguf")) name.remove_suffix(5);
  return std::string(name);
}

// What may be told: a query may hold a token.
std::string without_query(std::string_view url) {
  return std::string(url.substr(0, url.find_first_of("?#")));
}

Status take_catalogue(const Catalogue& catalogue, const std::string& id, InstallRequest& request) {
  const auto* model = catalogue.find(id);
  if (model == nullptr) {
    return Error(ErrorCode::model_not_found,
                 fmt::format("The catalogue has no model '{}'. `b3iq-host models catalogue` shows "
                             "what it has.",
                             std::string_view(id).substr(0, kMaxModelIdBytes)),
                 "catalogue");
  }
  const auto file = std::ranges::find(model->files, CatalogueFileRole::model, &CatalogueFile::role);
  const auto parts =
      std::ranges::count(model->files, CatalogueFileRole::model, &CatalogueFile::role);
  if (file == model->files.end() || parts != 1) {
    return Error(ErrorCode::unsupported_parameter,
                 "This model comes in several parts; the embedded runtime takes one file.",
                 "catalogue");
  }
  request.url = file->url;
  request.size_bytes = file->size_bytes;
  request.sha256 = file->sha256;
  request.source = "catalogue " + id;
  if (request.name.empty()) request.name = id;
  return {};
}

Status take_source(json::Value body, const Catalogue& catalogue, InstallRequest& request) {
  std::string id;
  TRY_OK(read_text(body, "catalogue", id));
  TRY_OK(read_text(body, "url", request.url));
  TRY_OK(read_text(body, "path", request.path));
  TRY_OK(read_text(body, "runtime", request.runtime));
  const int given = (id.empty() ? 0 : 1) + (request.url.empty() ? 0 : 1) +
                    (request.path.empty() ? 0 : 1) + (request.runtime.empty() ? 0 : 1);
  if (given != 1)
    return wrong("source", "must be exactly one of 'catalogue', 'url', 'path' and 'runtime'.");
  if ((request.kind == JobKind::pull) != !request.runtime.empty())
    return wrong("kind", "must be 'pull' with 'runtime', and 'install' with any other source.");
  if (!id.empty()) return take_catalogue(catalogue, id, request);
  if (!request.path.empty() && !request.path.starts_with('/'))
    return wrong("path", "must be absolute: the node has no folder of yours.");
  if (!request.url.empty()) request.source = without_query(request.url);
  if (!request.path.empty()) request.source = request.path;
  if (!request.runtime.empty()) request.source = "runtime " + request.runtime;
  if (request.name.empty() && request.runtime.empty())
    request.name = name_of_address(request.url.empty() ? request.path : request.url);
  return {};
}

}  // namespace

Result<InstallRequest> decode_install_request(json::Value body, const Catalogue& catalogue) {
  TRY_OK(check_members(body));
  InstallRequest request;
  const auto kind = body.find("kind").string().value_or("install");
  if (kind == "pull") {
    request.kind = JobKind::pull;
  } else if (kind != "install") {
    return wrong("kind", "must be install, pull or benchmark.");
  }
  std::string sha256;
  TRY_OK(read_text(body, "name", request.name));
  TRY_OK(read_text(body, "sha256", sha256));
  if (!sha256.empty() && !is_sha256(sha256))
    return wrong("sha256", "must be 64 lower-case hexadecimal digits.");
  if (!sha256.empty()) request.sha256 = sha256;
  TRY_OK(read_amount(body, "size_bytes", request.size_bytes));
  std::optional<std::int64_t> rate;
  TRY_OK(read_amount(body, "bytes_per_second", rate));
  request.bytes_per_second = rate.value_or(0);
  TRY_OK(take_source(body, catalogue, request));
  TRY_OK(check_model_id(request.name));
  return request;
}

std::string install_document(const InstallRequest& request) {
  std::string document;
  json::Writer w(document);
  w.begin_object();
  w.member("kind", job_kind_name(request.kind));
  w.member("name", request.name);
  w.member("url", request.url);
  w.member("path", request.path);
  w.member("runtime", request.runtime);
  if (request.size_bytes) w.member("size_bytes", *request.size_bytes);
  if (request.sha256) w.member("sha256", *request.sha256);
  w.member("bytes_per_second", request.bytes_per_second);
  w.member("source", request.source);
  w.end_object();
  return document;
}

Result<InstallRequest> read_install_document(std::string_view document) {
  TRY(const auto parsed, json::Document::parse(document));
  const auto root = parsed.root();
  const auto text = [&](std::string_view name) {
    return std::string(root.find(name).string().value_or(""));
  };
  InstallRequest request;
  request.kind = job_kind_of(text("kind")).value_or(JobKind::install);
  request.name = text("name");
  request.url = text("url");
  request.path = text("path");
  request.runtime = text("runtime");
  request.source = text("source");
  request.size_bytes = root.find("size_bytes").integer();
  if (const auto sha256 = root.find("sha256").string()) request.sha256 = std::string(*sha256);
  request.bytes_per_second = root.find("bytes_per_second").integer().value_or(0);
  return request;
}

}  // namespace b3iq::agent
