#include "agent/auth/session_cookie.h"

#include <fmt/format.h>

#include "http/http_text.h"

namespace b3iq::agent {
namespace {

constexpr std::size_t kIdBytesInName = 12;

std::string_view without_spaces(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

CookieNames cookie_names(std::string_view node_id) {
  const auto mark = node_id.substr(0, kIdBytesInName);
  return {fmt::format("b3iq_session_{}", mark), fmt::format("b3iq_browser_{}", mark)};
}

std::optional<std::string_view> cookie_value(const http::Request& request, std::string_view name) {
  std::optional<std::string_view> found;
  for (const auto& header : request.headers) {
    if (!http::equal_ignoring_case(header.name, "cookie")) continue;
    std::string_view rest = header.value;
    while (!rest.empty()) {
      const auto end = rest.find(';');
      const auto pair = without_spaces(rest.substr(0, end));
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      if (pair.size() <= name.size() || !pair.starts_with(name) || pair[name.size()] != '=')
        continue;
      // Two of one name: somebody else has set one of them. Neither is believed.
      if (found) return std::nullopt;
      found = pair.substr(name.size() + 1);
    }
  }
  return found;
}

std::string set_cookie(std::string_view name, std::string_view value, std::int64_t max_age_s,
                       bool tls) {
  return fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", name, value,
                     max_age_s, tls ? "; Secure" : "");
}

std::string clear_cookie(std::string_view name, bool tls) { return set_cookie(name, "", 0, tls); }

}  // namespace b3iq::agent
