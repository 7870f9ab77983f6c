#include "agent/downloads/download_url.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "http/http_text.h"

namespace b3iq::agent {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;

// An absolute URL, split; views into it.
struct Parts {
  std::string_view scheme;  // as written
  std::string_view authority;
  std::string_view rest;  // path and query
};

std::optional<Parts> split(std::string_view url) {
  const auto colon = url.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  Parts parts;
  parts.scheme = url.substr(0, colon);
  parts.authority = url.substr(colon + 3);
  const auto end = parts.authority.find_first_of("/?#");
  if (end != std::string_view::npos) {
    parts.rest = parts.authority.substr(end);
    parts.authority = parts.authority.substr(0, end);
  }
  return parts;
}

std::string_view without_fragment(std::string_view text) { return text.substr(0, text.find('#')); }

// Escapes what cannot stand in a request line; what is escaped already stays.
std::string escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char& c : text) {
    if (http::all_of_class({&c, 1}, http::kTargetChar)) {
      out.push_back(c);
    } else {
      constexpr std::string_view kDigits = "0123456789ABCDEF";
      const auto byte = static_cast<unsigned char>(c);
      out.append({'%', kDigits[byte >> 4], kDigits[byte & 0xF]});
    }
  }
  return out;
}

// "." and ".." segments resolved (RFC 3986 section 5.2.4). `path` begins with a slash.
std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  bool folder = false;  // what was read last was no name
  while (!path.empty()) {
    path.remove_prefix(1);
    const auto slash = path.find('/');
    const std::string_view segment = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash);
    folder = segment == "." || segment == "..";
    if (segment == ".." && !kept.empty()) kept.pop_back();
    if (!folder) kept.push_back(segment);
  }
  std::string out;
  for (const auto segment : kept) out.append("/").append(segment);
  if (folder || out.empty()) out.push_back('/');
  return out;
}

// "/path?query" of what follows the authority.
std::string target_of(std::string_view rest) {
  rest = without_fragment(rest);
  const auto mark = std::min(rest.find('?'), rest.size());
  std::string path(rest.substr(0, mark));
  if (path.empty() || path.front() != '/') path.insert(path.begin(), '/');
  return escaped(without_dots(path)).append(escaped(rest.substr(mark)));
}

Result<DownloadUrl> from_parts(const Parts& parts) {
  std::string origin(parts.scheme);
  std::ranges::transform(origin, origin.begin(), http::lower);
  origin.append("://").append(parts.authority);
  DownloadUrl url;
  TRY(url.origin, http::parse_origin(origin));
  url.target = target_of(parts.rest);
  return url;
}

// Said without the URL: what stands before the @ may be a password.
constexpr std::string_view kNoUserInfo = "user names and passwords in an address are not taken";

Error bad_url(std::string_view why) {
  return Error(ErrorCode::invalid_request, "The address cannot be used: " + std::string(why) + ".",
               "url");
}

Error bad_redirect(const DownloadUrl& from, std::string_view why) {
  return Error(
      ErrorCode::download_refused,
      "The redirect that " + from.place() + " answered is not followed: " + std::string(why) + ".");
}

}  // namespace

std::string DownloadUrl::place() const {
  std::string out = origin.tls ? "https://" : "http://";
  const bool bracketed = origin.host.find(':') != std::string::npos;
  out.append(bracketed ? "[" : "").append(origin.host).append(bracketed ? "]" : "");
  if (origin.port != (origin.tls ? 443 : 80)) out.append(":").append(std::to_string(origin.port));
  return out.append(target, 0, target.find('?'));
}

Result<DownloadUrl> parse_download_url(std::string_view text) {
  if (text.size() > kMaxUrlBytes) return bad_url("it is too long");
  const auto parts = split(text);
  if (!parts) return bad_url("it does not begin with http:// or https://");
  if (parts->authority.find('@') != std::string_view::npos) return bad_url(kNoUserInfo);
  if (text.find('#') != std::string_view::npos) {
    return bad_url("it has a fragment (#…); leave that out");
  }
  auto url = from_parts(*parts);
  if (!url.ok()) return bad_url(url.error().detail);
  return url;
}

Result<DownloadUrl> resolve_redirect(const DownloadUrl& from, std::string_view location) {
  location = without_fragment(location);
  if (location.empty()) return bad_redirect(from, "it names no address");
  if (location.size() > kMaxUrlBytes) return bad_redirect(from, "its address is too long");
  const std::string_view scheme = from.origin.tls ? "https" : "http";
  DownloadUrl to = from;
  const auto colon = location.find(':');
  const bool absolute = colon != std::string_view::npos && colon < location.find_first_of("/?");
  if (absolute || location.starts_with("//")) {
    const std::string whole =
        absolute ? std::string(location) : std::string(scheme) + ":" + std::string(location);
    const auto parts = split(whole);
    if (!parts) return bad_redirect(from, "it leads to something that is no http(s) address");
    if (parts->authority.find('@') != std::string_view::npos) {
      return bad_redirect(from, kNoUserInfo);
    }
    auto made = from_parts(*parts);
    if (!made.ok()) return bad_redirect(from, "it leads to no http(s) address that can be used");
    to = std::move(*made);
  } else if (location.front() == '/') {
    to.target = target_of(location);
  } else {
    std::string base = from.target.substr(0, from.target.find('?'));
    if (location.front() != '?') base.resize(base.rfind('/') + 1);
    to.target = target_of(base.append(location));
  }
  if (from.origin.tls && !to.origin.tls) {
    return bad_redirect(from, "it leads from https to http, where anybody could change the file");
  }
  return to;
}

}  // namespace b3iq::agent
