#include "agent/sync/control_errors.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;

namespace {

constexpr int kFirstRedirect = 300;
constexpr int kFirstClientError = 400;

// Another program's text, fit to be shown.
std::string told(std::string_view text) {
  std::string out(text.substr(0, kMaxToldBytes));
  std::ranges::replace_if(
      out, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  while (!out.empty() && !base::valid_utf8(out)) out.pop_back();
  return out;
}

// `detail` ends with OpenSSL's reason.
std::string_view fix_of_tls(std::string_view detail) {
  const auto says = [detail](std::string_view text) {
    return detail.find(text) != std::string_view::npos;
  };
  if (says("hostname mismatch") || says("IP address mismatch")) {
    return "Its certificate is for another name. Give the address with a name that the certificate "
           "has, or have the control plane's operator put this one into it.";
  }
  if (says("certificate has expired") || says("certificate is not yet valid")) {
    return "Check this machine's clock (timedatectl); if it is right, the control plane's operator "
           "has to renew the certificate.";
  }
  if (says("self-signed certificate") || says("local issuer certificate")) {
    return "No authority that this machine trusts has signed its certificate. Get the certificate "
           "of its authority from the control plane's operator, by a way that you trust, and name "
           "its file in managed.ca_file in config.json.";
  }
  return "Its certificate must be valid for that name and signed by an authority that this "
         "machine trusts (or by managed.ca_file); a clock that is far off looks the same.";
}

std::string_view fix_of_network(std::string_view detail) {
  if (detail.find("cannot be resolved") != std::string_view::npos)
    return "Check the name in the address, and this machine's DNS (resolvectl status).";
  if (detail.find("no TLS connection") != std::string_view::npos) return fix_of_tls(detail);
  if (detail.find("TLS cannot be set up") != std::string_view::npos ||
      detail.find("certificate authorities") != std::string_view::npos)
    return "Check managed.ca_file in config.json.";
  if (detail.find("refused") != std::string_view::npos)
    return "Nothing listens there: check the address and the port, and whether it runs.";
  return "Check the network and the firewall of this machine; nothing has to be opened inwards.";
}

struct Fix {
  ErrorCode code;
  std::string_view text;
};
constexpr std::array<Fix, 8> kFixes = {{
    {ErrorCode::enrollment_token_invalid,
     "Ask the control plane's operator for a new enrollment token; each works once."},
    {ErrorCode::challenge_expired, "Enroll again."},
    {ErrorCode::wrong_audience,
     "Another control plane answers at this address than the one that this node is enrolled with. "
     "Ask its operator; to change over, unenroll and enroll again."},
    {ErrorCode::not_enrolled,
     "The control plane does not know this node. Unenroll and enroll again with a new token."},
    {ErrorCode::node_suspended,
     "The control plane's operator has suspended this node; ask there. It goes on by itself once "
     "that is lifted."},
    {ErrorCode::node_removed,
     "The control plane's operator has removed this node. Run b3iq-host unenroll; to come back, "
     "enroll with a new token."},
    {ErrorCode::identity_superseded,
     "Another machine runs with this node's identity, and started later. Keep one of them and run "
     "b3iq-host unenroll on the other; start this node again to take its place."},
    {ErrorCode::clock_skew, "Set this machine's clock: timedatectl set-ntp true"},
}};

std::string_view fix_of_code(ErrorCode code) {
  const auto* const found = std::ranges::find(kFixes, code, &Fix::code);
  return found == kFixes.end() ? std::string_view() : found->text;
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

Refusal answered_failure(const ControlAddress& address, int status, std::string_view body,
                         std::string_view retry_after) {
  if (status >= kFirstRedirect && status < kFirstClientError) {
    return {{ErrorCode::control_plane_unreachable,
             fmt::format("{} answers with a redirect ({}), which is not followed. If it has moved, "
                         "unenroll and enroll with its new address.",
                         address.url, status)}};
  }
  const auto told_error = protocol::read_managed_error(status, body, retry_after);
  if (!told_error.code) {
    auto error = told_error.retriable
                     ? Error(ErrorCode::control_plane_unreachable,
                             fmt::format("{} answers with status {}. It is tried again.",
                                         address.url, status))
                     : strange_answer(address, fmt::format("it answers with status {}", status));
    error.retry_after_ms = told_error.retry_after_ms;
    return {std::move(error), told_error.facts};
  }
  Error error(*told_error.code, told_error.detail, {}, told_error.retry_after_ms);
  const auto fix = fix_of_code(error.code);
  if (!fix.empty()) error.detail.append(error.detail.empty() ? "" : " ").append(fix);
  return {std::move(error), told_error.facts};
}

}  // namespace b3iq::agent
