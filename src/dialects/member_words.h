// A runtime's refusal names members of a chat request; a caller who spoke another dialect is told
// in its words.
#pragma once

#include <span>
#include <string_view>

#include "base/error.h"

namespace b3iq::dialects {

// A place in a chat request and the same place in the caller's dialect. "[]" stands for the index
// of an element: "tools[].function".
struct MemberWord {
  std::string_view chat;
  std::string_view here;
};

// The same error in the words of the first that fits. What stands within the place
// ("….properties.city") stays; an index right behind it ("messages[2].content") goes with all that
// follows, since what it counts is not what the caller sent.
base::Error in_words(base::Error error, std::span<const MemberWord> words);

}  // namespace b3iq::dialects
