#include "agent/sync/control_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "json/json.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;

namespace {

constexpr int kFirstRedirect = 300;
constexpr int kFirstClientError = 400;
constexpr int kTooMany = 429;
constexpr int kFirstServerError = 500;
constexpr std::int64_t kMaxRetryAfterSeconds = 86'400;

// Another program's text, fit to be shown.
std::string told(std::string_view text) {
  std::string out(text.substr(0, kMaxToldBytes));
  std::ranges::replace_if(
      out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  while (!out.empty() && !base::valid_utf8(out)) out.pop_back();
  return out;
}

std::string_view fix_of_network(std::string_view detail) {
  if (detail.find("cannot be resolved") != std::string_view::npos)
    return "Check the name in the address, and this machine's DNS (resolvectl status).";
  if (detail.find("no TLS connection") != std::string_view::npos) {
    return "Its certificate must be valid for that name and signed by an authority that this "
           "machine trusts (or by managed.ca_file); a clock that is far off looks the same.";
  }
  if (detail.find("TLS cannot be set up") != std::string_view::npos)
    return "Check managed.ca_file in config.json.";
  if (detail.find("refused") != std::string_view::npos)
    return "Nothing listens there: check the address and the port, and whether it runs.";
  return "Check the network and the firewall of this machine; nothing has to be opened inwards.";
}

std::string_view fix_of_code(ErrorCode code) {
  switch (code) {
    case ErrorCode::enrollment_token_invalid:
      return "Ask the control plane's operator for a new enrollment token; each works once.";
    case ErrorCode::challenge_expired:
      return "Enroll again.";
    case ErrorCode::wrong_audience:
      return "Another control plane answers at this address than the one that this node is "
             "enrolled with. Ask its operator; to change over, unenroll and enroll again.";
    case ErrorCode::not_enrolled:
      return "The control plane does not know this node. Unenroll and enroll again with a new "
             "token.";
    case ErrorCode::node_suspended:
      return "The control plane's operator has suspended this node; ask there. It goes on by "
             "itself once that is lifted.";
    case ErrorCode::node_removed:
      return "The control plane's operator has removed this node. Run b3iq-host unenroll; to come "
             "back, enroll with a new token.";
    case ErrorCode::identity_superseded:
      return "Another machine runs with this node's identity, and started later. Keep one of them "
             "and run b3iq-host unenroll on the other; start this node again to take its place.";
    case ErrorCode::clock_skew:
      return "Set this machine's clock: timedatectl set-ntp true";
    default:
      return "";
  }
}

std::int64_t retry_ms(std::string_view seconds) {
  std::int64_t value = 0;
  const auto [end, problem] =
      std::from_chars(seconds.data(), seconds.data() + seconds.size(), value);
  if (problem != std::errc() || end != seconds.data() + seconds.size() || value < 0) return 0;
  return std::min(value, kMaxRetryAfterSeconds) * 1000;
}

// Nothing for a body that is no error of ours.
std::optional<Error> error_in(std::string_view body) {
  const auto document = json::Document::parse(body, {.max_bytes = 64 * 1024, .max_depth = 8});
  if (!document.ok()) return std::nullopt;
  const auto error = document->root().find("error");
  if (!error.is_object()) return std::nullopt;
  const auto code = base::error_code_from_wire(error.find("code").string().value_or(""));
  if (!code) return std::nullopt;
  return Error(*code, told(error.find("detail").string().value_or("")),
               told(error.find("param").string().value_or("")));
}

}  // namespace

Error network_failure(const ControlAddress& address, const Error& error) {
  if (error.code == ErrorCode::cancelled || error.code == ErrorCode::shutting_down) return error;
  if (error.code == ErrorCode::deadline_exceeded) {
    return {ErrorCode::control_plane_unreachable,
            fmt::format("The control plane at {} did not answer in time. It is tried again.",
                        address.url)};
  }
  return {ErrorCode::control_plane_unreachable,
          fmt::format("The control plane at {} cannot be reached: {}. {}", address.url,
                      told(error.detail), fix_of_network(error.detail))};
}

Error strange_answer(const ControlAddress& address, std::string_view what) {
  return {ErrorCode::control_plane_unreachable,
          fmt::format("What answers at {} is not a control plane, or of another version: {}. Check "
                      "the address.",
                      address.url, told(what))};
}

Error answered_failure(const ControlAddress& address, int status, std::string_view body,
                       std::string_view retry_after) {
  if (status >= kFirstRedirect && status < kFirstClientError) {
    return {ErrorCode::control_plane_unreachable,
            fmt::format("{} answers with a redirect ({}), which is not followed. If it has moved, "
                        "unenroll and enroll with its new address.",
                        address.url, status)};
  }
  auto error = error_in(body);
  if (!error) {
    const bool busy = status == kTooMany || status >= kFirstServerError;
    error = busy ? Error(ErrorCode::control_plane_unreachable,
                         fmt::format("{} answers with status {}. It is tried again.", address.url,
                                     status))
                 : strange_answer(address, fmt::format("it answers with status {}", status));
  }
  error->retry_after_ms = retry_ms(retry_after);
  const auto fix = fix_of_code(error->code);
  if (!fix.empty()) error->detail.append(error->detail.empty() ? "" : " ").append(fix);
  return *std::move(error);
}

std::optional<std::int64_t> told_number(std::string_view detail, std::string_view name) {
  if (!detail.starts_with(name)) return std::nullopt;
  detail.remove_prefix(name.size());
  if (!detail.starts_with('=')) return std::nullopt;
  detail.remove_prefix(1);
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(detail.data(), detail.data() + detail.size(), value);
  if (problem != std::errc() || end == detail.data()) return std::nullopt;
  return value;
}

}  // namespace b3iq::agent
