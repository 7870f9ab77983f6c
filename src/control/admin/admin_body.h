// The small JSON objects that operators send: only members that the route knows, each of its type.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/json.h"

namespace b3iq::control {

class AdminBody {
 public:
  // An empty body is {}. Errors: invalid_json; invalid_request naming a member that is none of
  // `members`.
  static base::Result<AdminBody> parse(std::string_view text,
                                       std::initializer_list<std::string_view> members);

  // Errors of all: invalid_request naming the member; also for texts with control characters.
  // Without `fallback` it must be there.
  base::Result<std::string> text(std::string_view name) const;
  base::Result<std::string> text(std::string_view name, std::string_view fallback) const;
  base::Result<std::int64_t> integer(std::string_view name, std::int64_t fallback) const;
  // Empty when it is not there.
  base::Result<std::vector<std::string>> texts(std::string_view name) const;
  // The whole body but for one member, in the form that is equal for equal bodies. Errors:
  // invalid_request for numbers that JSON programs do not agree on.
  base::Result<std::string> canonical_without(std::string_view name) const;
  bool has(std::string_view name) const { return static_cast<bool>(value(name)); }
  json::Value value(std::string_view name) const { return document_.root().find(name); }

 private:
  explicit AdminBody(json::Document document) : document_(std::move(document)) {}
  json::Document document_;
};

// How long something is to live, from the member `expires` ("24h", "90d", or a UTC time);
// `fallback_ms` when it is not there.
base::Result<std::int64_t> life_of(const AdminBody& body, std::int64_t fallback_ms,
                                   std::int64_t now_ms);

}  // namespace b3iq::control
