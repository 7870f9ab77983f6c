// A runtime's refusal names members of a chat request; a caller who spoke another dialect is told
// in its words.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/error.h"

namespace b3iq::dialects {

struct MemberWord {
  std::string_view chat;
  std::string_view here;
};

// The same error with `here` for `chat`, which may have an index behind it ("messages[2].content"):
// what it counts is not what the caller sent, so it goes.
inline base::Error in_words(base::Error error, std::span<const MemberWord> words) {
  for (const auto& word : words) {
    const bool indexed = error.param.starts_with(word.chat) &&
                         std::string_view(error.param).substr(word.chat.size()).starts_with('[');
    if (error.param != word.chat && !indexed) continue;
    const auto quoted = error.detail.find("'" + error.param + "'");
    if (quoted != std::string::npos)
      error.detail.replace(quoted + 1, error.param.size(), word.here);
    error.param = word.here;
    break;
  }
  return error;
}

}  // namespace b3iq::dialects
