// Reads a small JSON object whose members are all texts, such as a login.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"
#include "json/json.h"

namespace b3iq::agent {

struct BodyText {
  std::string_view name;
  std::string& out;
  bool required = true;
};

// Errors: invalid_json; invalid_request naming the member that is missing, unknown or no text.
base::Status read_body_texts(std::string_view body, std::initializer_list<BodyText> members);

}  // namespace b3iq::agent
