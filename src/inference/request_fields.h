// Reading one JSON value of a request with an error that names it as OpenAI does:
// "messages[2].content".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "inference/chat.h"
#include "json/json.h"

namespace b3iq::inference {

// Where in the body a value stands. Linked through the callers' frames; written out in errors only.
struct Path {
  const Path* parent = nullptr;
  std::string_view name;
  std::ptrdiff_t index = -1;  // >= 0: an element of `parent`, and `name` is not used

  Path() = default;
  explicit Path(std::string_view top) : name(top) {}
  Path member(std::string_view child) const { return Path(this, child, -1); }
  Path element(std::size_t at) const { return Path(this, {}, static_cast<std::ptrdiff_t>(at)); }
  std::string text() const;

 private:
  Path(const Path* up, std::string_view n, std::ptrdiff_t i) : parent(up), name(n), index(i) {}
};

// All of code invalid_request but the last, which is unsupported_parameter. `param` is the path.
base::Error missing_field(const Path& path);
base::Error wrong_type(const Path& path, std::string_view expected, json::Value got);
base::Error invalid_value(const Path& path, std::string_view reason);
base::Error unsupported_value(const Path& path, std::string_view advice);

// Bounds are inclusive.
base::Result<bool> read_boolean(json::Value value, const Path& path);
base::Result<std::int64_t> read_integer(json::Value value, const Path& path, std::int64_t least,
                                        std::int64_t most);
base::Result<double> read_number(json::Value value, const Path& path, double least, double most);
base::Result<std::string_view> read_string(json::Value value, const Path& path);
base::Status expect_object(json::Value value, const Path& path);

// A name as OpenAI takes it for tools and schemas: 1 to 64 of a-z, A-Z, 0-9, _ and -.
base::Result<std::string_view> read_identifier(json::Value value, const Path& path);

inline constexpr std::size_t kMaxUnknownMembers = 64;
// Names the member in request.unknown_members; invalid_request when there are too many.
base::Status note_unknown(ChatRequest& request, const Path& path);

}  // namespace b3iq::inference
