#include "agent/setup/body_texts.h"

#include <fmt/format.h>

#include <algorithm>

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;

base::Status read_body_texts(std::string_view body, std::initializer_list<BodyText> members) {
  TRY(const auto document, json::Document::parse(body));
  const auto root = document.root();
  if (!root.is_object())
    return Error(ErrorCode::invalid_request, "The body must be a JSON object.");
  for (std::size_t i = 0; i < root.size(); ++i) {
    const auto name = root.member(i).name;
    if (std::ranges::find(members, name, &BodyText::name) == members.end()) {
      return Error(ErrorCode::invalid_request, fmt::format("There is no member '{}' here.", name),
                   std::string(name));
    }
  }
  for (const auto& member : members) {
    const auto value = root.find(member.name);
    const auto text = value.string();
    if (!text && (member.required || value)) {
      return Error(ErrorCode::invalid_request,
                   fmt::format("'{}' is needed, as a text.", member.name),
                   std::string(member.name));
    }
    member.out = text.value_or("");
  }
  return {};
}

}  // namespace b3iq::agent
