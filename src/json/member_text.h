// The text of one member as it stands in an object's text: for whoever needs its exact bytes.
#pragma once

#include <optional>
#include <string_view>

namespace b3iq::json {

// `object` is a text that Document::parse took and whose root is an object. A part of it, without
// the white space around; nullopt when no member is spelled `name` (an escaped spelling of it is
// not found). Linear in the text; allocates nothing.
std::optional<std::string_view> member_text(std::string_view object, std::string_view name);

}  // namespace b3iq::json
