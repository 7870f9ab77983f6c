#include "runtimes/embedded/schema_reference.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>

#include "runtimes/embedded/schema_check.h"

namespace b3iq::runtimes {

std::size_t reference_index(const std::string& step) {
  std::size_t index = 0;
  const char* end = step.data() + step.size();
  const auto read = std::from_chars(step.data(), end, index);
  const bool whole = read.ec == std::errc() && read.ptr == end;
  return whole ? index : std::numeric_limits<std::size_t>::max();
}

base::Result<Reference> read_reference(json::Value reference, json::Value root,
                                       const inference::Path& path) {
  TRY(const std::string_view text, inference::read_string(reference, path));
  if (text == "#") {
    return inference::invalid_value(path,
                                    "the model's runtime cannot refer to the whole schema; put it "
                                    "under '$defs' and refer to '#/$defs/…'");
  }
  if (!text.starts_with("#/")) {
    return inference::invalid_value(path,
                                    "only references into the same schema, such as "
                                    "'#/$defs/name', are supported");
  }
  if (text.size() > kMaxReferenceBytes) {
    return inference::invalid_value(
        path, "a reference can have at most " + std::to_string(kMaxReferenceBytes) + " bytes");
  }
  Reference found;
  found.target = root;
  for (std::size_t at = 2; at <= text.size();) {
    const std::size_t end = std::min(text.find('/', at), text.size());
    const std::string& step = found.steps.emplace_back(text.substr(at, end - at));
    found.target =
        found.target.is_array() ? found.target.at(reference_index(step)) : found.target.find(step);
    if (!found.target) {
      return inference::invalid_value(path, "there is nothing of that name in the schema");
    }
    at = end + 1;
  }
  return found;
}

}  // namespace b3iq::runtimes
