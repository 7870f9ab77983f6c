#include "http/static_files.h"

#include <openssl/evp.h>
#include <zlib.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "base/bytes.h"
#include "http/http_text.h"

namespace b3iq::http {
namespace {

namespace fs = std::filesystem;
using base::ErrorCode;

constexpr std::string_view kImmutable = "public, max-age=31536000, immutable";
constexpr std::size_t kEtagBytes = 12;
constexpr std::size_t kMinHashCharacters = 8;

struct TypeRow {
  std::string_view extension;
  std::string_view type;
  bool text;
};
constexpr std::array kTypes{
    TypeRow{"html", "text/html; charset=utf-8", true},
    TypeRow{"js", "text/javascript; charset=utf-8", true},
    TypeRow{"mjs", "text/javascript; charset=utf-8", true},
    TypeRow{"css", "text/css; charset=utf-8", true},
    TypeRow{"json", "application/json", true},
    TypeRow{"map", "application/json", true},
    TypeRow{"svg", "image/svg+xml", true},
    TypeRow{"txt", "text/plain; charset=utf-8", true},
    TypeRow{"md", "text/plain; charset=utf-8", true},
    TypeRow{"xml", "application/xml", true},
    TypeRow{"yaml", "application/yaml", true},
    TypeRow{"webmanifest", "application/manifest+json", true},
    TypeRow{"wasm", "application/wasm", true},
    TypeRow{"png", "image/png", false},
    TypeRow{"jpg", "image/jpeg", false},
    TypeRow{"webp", "image/webp", false},
    TypeRow{"ico", "image/x-icon", false},
    TypeRow{"woff2", "font/woff2", false},
    TypeRow{"pdf", "application/pdf", false},
};

std::string_view extension_of(std::string_view name) {
  const auto dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : name.substr(dot + 1);
}

const TypeRow* type_row(std::string_view name) {
  for (const auto& row : kTypes) {
    if (equal_ignoring_case(extension_of(name), row.extension)) return &row;
  }
  return nullptr;
}

std::string gzip_of(const std::string& bytes) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK)
    return {};
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  // Less than a tenth saved is not worth the client's work.
  if (result != Z_STREAM_END || out.size() > bytes.size() - bytes.size() / 10) return {};
  out.shrink_to_fit();
  return out;
}

std::string etag_of(const std::string& bytes) {
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr);
  return "\"" + base::to_base64url({digest.data(), kEtagBytes}) + "\"";
}

base::Result<std::string> read_whole(const fs::path& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  const auto size = in.tellg();
  std::string bytes(size > 0 ? static_cast<std::size_t>(size) : 0, '\0');
  in.seekg(0);
  if (!in.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
    return base::Error(ErrorCode::file_failed, "cannot read " + path.string());
  return bytes;
}

// RFC 9110 12.5.3 as far as it matters: gzip named and not with weight zero.
bool takes_gzip(const Request& request) {
  auto list = request.header("accept-encoding").value_or("");
  while (!list.empty()) {
    const auto comma = list.find(',');
    const auto item = trim_blanks(list.substr(0, comma));
    const auto semicolon = item.find(';');
    if (equal_ignoring_case(trim_blanks(item.substr(0, semicolon)), "gzip")) {
      const auto weight = semicolon == std::string_view::npos
                              ? std::string_view()
                              : trim_blanks(item.substr(semicolon + 1));
      return weight.substr(0, 2) != "q=" ||
             weight.find_first_not_of("0.", 2) != std::string_view::npos;
    }
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

bool etag_matches(std::string_view list, std::string_view etag) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    auto item = trim_blanks(list.substr(0, comma));
    if (item.substr(0, 2) == "W/") item.remove_prefix(2);
    if (item == "*" || item == etag) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace

std::string_view content_type_of(std::string_view name) {
  const TypeRow* row = type_row(name);
  return row ? row->type : "application/octet-stream";
}

bool has_hashed_name(std::string_view name) {
  const auto slash = name.rfind('/');
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  const auto dot = name.find('.');
  if (dot == std::string_view::npos) return false;
  auto stem = name.substr(0, dot);
  // The hash is base64url and may itself hold a dash: everything after the first dash that leaves
  // eight characters.
  for (auto dash = stem.find('-'); dash != std::string_view::npos;
       dash = stem.find('-', dash + 1)) {
    const auto hash = stem.substr(dash + 1);
    if (hash.size() < kMinHashCharacters) return false;
    bool mixed = false;
    for (char c : hash) mixed |= is_digit(c) || (c >= 'A' && c <= 'Z');
    if (mixed && hash.size() == kMinHashCharacters) return true;
  }
  return false;
}

base::Result<StaticFiles> StaticFiles::load(const std::string& folder) {
  StaticFiles self;
  std::error_code error;
  std::size_t total = 0;
  fs::recursive_directory_iterator entries(folder, error);
  if (error)
    return base::Error(ErrorCode::file_failed,
                       "cannot read the folder " + folder + ": " + error.message());
  std::map<std::string, std::string, std::less<>> compressed;
  for (const auto& entry : entries) {
    // Not fs::relative, which asks the system for every part of every path.
    const std::string name = entry.path().lexically_relative(folder).generic_string();
    if (entry.path().filename().string().front() == '.') {
      if (entry.is_directory(error)) entries.disable_recursion_pending();
      continue;
    }
    if (entry.is_symlink(error) || !entry.is_regular_file(error)) continue;
    TRY(auto bytes, read_whole(entry.path()));
    total += bytes.size();
    if (bytes.size() > kMaxStaticFileBytes || total > kMaxStaticTotalBytes ||
        self.files_.size() >= kMaxStaticFiles) {
      return base::Error(ErrorCode::file_failed,
                         "the folder " + folder + " is too large to be served from memory");
    }
    if (extension_of(name) == "gz") {
      compressed[name.substr(0, name.size() - 3)] = std::move(bytes);
      continue;
    }
    File file;
    file.content_type = content_type_of(name);
    file.etag = etag_of(bytes);
    file.bytes = std::move(bytes);
    file.immutable = has_hashed_name(name);
    self.files_.emplace(name, std::move(file));
  }
  for (auto& [name, file] : self.files_) {
    const TypeRow* row = type_row(name);
    if (const auto made = compressed.find(name); made != compressed.end()) {
      file.gzip = std::move(made->second);
    } else if (row && row->text && file.bytes.size() >= kMinGzipBytes) {
      file.gzip = gzip_of(file.bytes);
    }
  }
  return self;
}

const StaticFiles::File* StaticFiles::find(std::string_view path) const {
  if (!path.empty() && path.front() == '/') path.remove_prefix(1);
  auto found = files_.find(path);
  if (found == files_.end() && (path.empty() || path.back() == '/')) {
    found = files_.find(std::string(path) + "index.html");
  }
  return found == files_.end() ? nullptr : &found->second;
}

Response StaticFiles::respond(const Request& request, const File& file) {
  Response response;
  response.content_type = file.content_type;
  response.headers.push_back(
      {"Cache-Control", std::string(file.immutable ? kImmutable : "no-cache")});
  const bool zipped = !file.gzip.empty() && takes_gzip(request);
  // Both forms have their own strong tag.
  const std::string etag = zipped ? file.etag.substr(0, file.etag.size() - 1) + "-gz\"" : file.etag;
  response.headers.push_back({"ETag", etag});
  if (!file.gzip.empty()) response.headers.push_back({"Vary", "Accept-Encoding"});
  if (const auto known = request.header("if-none-match"); known && etag_matches(*known, etag)) {
    response.status = 304;
    response.content_type = {};
    return response;
  }
  if (zipped) response.headers.push_back({"Content-Encoding", "gzip"});
  response.body = zipped ? file.gzip : file.bytes;
  return response;
}

base::Result<Response> StaticFiles::answer(const Request& request, std::string_view path) const {
  const File* file = find(path);
  if (!file) return base::Error(ErrorCode::not_found, "there is no file at this address");
  return respond(request, *file);
}

base::Result<Response> StaticFiles::answer_app(const Request& request,
                                               std::string_view path) const {
  const File* file = find(path);
  const auto last =
      path.substr(path.rfind('/') == std::string_view::npos ? 0 : path.rfind('/') + 1);
  if (!file && last.find('.') == std::string_view::npos) file = find("");
  if (!file) return base::Error(ErrorCode::not_found, "there is no file at this address");
  return respond(request, *file);
}

}  // namespace b3iq::http
