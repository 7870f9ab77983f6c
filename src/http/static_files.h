// A folder of static files, read once at start and served from memory: content types, strong ETags,
// gzip made ahead, Cache-Control. A path is looked up in a table made from the folder, so nothing
// outside of it can be reached.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace b3iq::http {

// Larger folders or files are not web apps; they are refused at start.
inline constexpr std::size_t kMaxStaticFileBytes = 16 * 1024 * 1024;
inline constexpr std::size_t kMaxStaticTotalBytes = 64 * 1024 * 1024;
inline constexpr std::size_t kMaxStaticFiles = 4096;
// Smaller files gain nothing from compression.
inline constexpr std::size_t kMinGzipBytes = 1024;

class StaticFiles {
 public:
  // Reads `folder` and its subfolders. Links and names that begin with a dot are left out. A file
  // x.gz beside x is x's compressed form; without one text is compressed here.
  static base::Result<StaticFiles> load(const std::string& folder);

  // The answer for `path`, relative to the folder ("" and "a/" mean their index.html): 200, 304, or
  // not_found. For GET and HEAD; any thread once loaded.
  base::Result<Response> answer(const Request& request, std::string_view path) const;
  // For single-page apps: `path` or, when it names no file and has no extension, index.html.
  base::Result<Response> answer_app(const Request& request, std::string_view path) const;

  std::size_t size() const { return files_.size(); }

 private:
  struct File {
    std::string_view content_type;
    std::string etag;  // with quotes
    std::string bytes;
    std::string gzip;  // empty when not smaller
    bool immutable = false;
  };
  const File* find(std::string_view path) const;
  static Response respond(const Request& request, const File& file);

  std::map<std::string, File, std::less<>> files_;
};

// By the name's extension; application/octet-stream for unknown ones.
std::string_view content_type_of(std::string_view name);
// True for names that build tools hash, "index-BvT4kq9x.js": another content gets another name.
bool has_hashed_name(std::string_view name);

}  // namespace b3iq::http
