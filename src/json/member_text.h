// The texts of members as they stand in an object's text: for whoever needs its exact bytes.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace b3iq::json {

// `object` is a text that Document::parse took and whose root is an object. A part of it, without
// the white space around; nullopt when no member is spelled `name` (an escaped spelling of it is
// not found). Linear in the text; allocates nothing.
std::optional<std::string_view> member_text(std::string_view object, std::string_view name);

// The same for several names in one walk: `texts` is as long as `names`.
void member_texts(std::string_view object, std::span<const std::string_view> names,
                  std::span<std::optional<std::string_view>> texts);

}  // namespace b3iq::json
