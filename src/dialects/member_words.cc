#include "dialects/member_words.h"

#include <optional>
#include <string>

namespace b3iq::dialects {
namespace {

constexpr std::string_view kAnyIndex = "[]";

struct Match {
  std::string_view index;  // "[2]", where the word has one
  std::string_view rest;
};

// The part of `param` behind `word`, when it begins with it.
std::optional<Match> match(std::string_view param, std::string_view word) {
  Match found;
  if (const auto at = word.find(kAnyIndex); at != word.npos) {
    if (!param.starts_with(word.substr(0, at)) || !param.substr(at).starts_with('[')) return {};
    const auto end = param.find(']', at);
    if (end == param.npos) return {};
    found.index = param.substr(at, end + 1 - at);
    param.remove_prefix(end + 1);
    word.remove_prefix(at + kAnyIndex.size());
  }
  if (!param.starts_with(word)) return {};
  found.rest = param.substr(word.size());
  if (!found.rest.empty() && !found.rest.starts_with('.') && !found.rest.starts_with('[')) {
    return {};
  }
  return found;
}

std::string say(std::string_view here, const Match& found) {
  std::string said(here);
  if (const auto at = said.find(kAnyIndex); at != said.npos) {
    said.replace(at, kAnyIndex.size(), found.index);
  }
  if (found.rest.starts_with('.')) said += found.rest;
  return said;
}

}  // namespace

base::Error in_words(base::Error error, std::span<const MemberWord> words) {
  for (const auto& word : words) {
    const auto found = match(error.param, word.chat);
    if (!found) continue;
    std::string said = say(word.here, *found);
    const auto quoted = error.detail.find("'" + error.param + "'");
    if (quoted != std::string::npos) error.detail.replace(quoted + 1, error.param.size(), said);
    error.param = std::move(said);
    break;
  }
  return error;
}

}  // namespace b3iq::dialects
