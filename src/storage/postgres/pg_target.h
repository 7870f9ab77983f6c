// Where to connect: libpq's parameters out of a URI, with our defaults. Holds the password; prints
// none of it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace b3iq::storage {

class PgTarget {
 public:
  // Errors: config_invalid. libpq's own words are not repeated: they may quote the URI.
  static base::Result<PgTarget> parse(const std::string& uri);

  // For PQconnectdbParams.
  std::vector<const char*> keywords() const;
  std::vector<const char*> values() const;
  // `text` with every password of the target replaced by "***".
  std::string without_secrets(std::string text) const;

 private:
  std::string* find(std::string_view keyword);

  std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace b3iq::storage
