#include "protocol/public_model_name.h"

#include <algorithm>
#include <array>

namespace b3iq::protocol {
namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_part(std::string_view part) {
  if (part.empty() || !(is_digit(part[0]) || is_letter(part[0]))) return false;
  if (part.find("..") != std::string_view::npos) return false;
  return std::ranges::all_of(
      part, [](char c) { return is_digit(c) || is_letter(c) || c == '.' || c == '_' || c == '-'; });
}

bool same_word(std::string_view text, std::string_view word) {
  return std::ranges::equal(text, word, [](char a, char b) { return lower(a) == b; });
}

bool ends_with_word(std::string_view text, std::string_view word) {
  return text.size() > word.size() && same_word(text.substr(text.size() - word.size()), word);
}

// Digits and dots alone, such as 192.168.0.7. (A version of two or three numbers with no letter at
// all is no model's name either.)
bool is_number_list(std::string_view part) {
  return part.find('.') != std::string_view::npos &&
         std::ranges::all_of(part, [](char c) { return is_digit(c) || c == '.'; });
}

bool is_host(std::string_view part) {
  constexpr std::array<std::string_view, 6> kEndings = {".local",     ".lan",  ".internal",
                                                        ".home.arpa", ".arpa", ".localhost"};
  return same_word(part, "localhost") || is_number_list(part) ||
         std::ranges::any_of(kEndings, [&](auto ending) { return ends_with_word(part, ending); });
}

bool is_folder(std::string_view part) {
  constexpr std::array<std::string_view, 14> kFolders = {"home", "users", "root",    "mnt", "var",
                                                         "tmp",  "opt",   "media",   "etc", "usr",
                                                         "srv",  "dev",   "volumes", "proc"};
  return std::ranges::any_of(kFolders, [&](auto folder) { return same_word(part, folder); });
}

// `owner`: the part before "/", which is a name of people and never one of a server or a folder.
bool is_owner(std::string_view owner) {
  return is_part(owner) && owner.find('.') == std::string_view::npos && !is_host(owner) &&
         !is_folder(owner);
}

bool is_tag(std::string_view tag) {
  return is_part(tag) && !std::ranges::all_of(tag, is_digit) && !is_number_list(tag);
}

}  // namespace

bool is_public_model_name(std::string_view name) {
  if (name.size() > kMaxPublicModelNameBytes) return false;
  std::string_view rest = name;
  bool has_owner = false;
  if (const auto slash = rest.find('/'); slash != std::string_view::npos) {
    if (!is_owner(rest.substr(0, slash))) return false;
    rest.remove_prefix(slash + 1);
    has_owner = true;
  }
  std::string_view base = rest;
  if (const auto colon = rest.find(':'); colon != std::string_view::npos) {
    base = rest.substr(0, colon);
    if (!is_tag(rest.substr(colon + 1))) return false;
    if (base.size() == 1 && !has_owner) return false;  // C:
  }
  return is_part(base) && !is_host(base);
}

}  // namespace b3iq::protocol
