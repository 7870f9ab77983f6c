#include <unistd.h>

#include <cstdlib>

#include "agent/cli/secret_input.h"
#include "agent/cli/setup_call.h"
#include "agent/cli/terminal.h"

namespace b3iq::agent {
namespace {

constexpr const char* kTokenFileVariable = "B3IQ_ENROLL_TOKEN_FILE";

base::Result<crypto::Secret> read_token(const EnrollOptions& options) {
  if (options.token_stdin) return read_secret_line();
  std::string file = options.token_file;
  if (const char* set = std::getenv(kTokenFileVariable); file.empty() && set != nullptr) file = set;
  if (!file.empty()) return read_secret_input(file);
  return base::Error(base::ErrorCode::invalid_request,
                     "The enrollment token is missing. Put it into a file of mode 0600 and give "
                     "--token-file FILE, or pipe it in with --token-stdin.");
}

// With the token in it: wiped by whoever sends it.
std::string body_of(const EnrollOptions& options, const crypto::Secret& token) {
  std::string body;
  // One allocation, so that no copy of the token is left behind.
  body.reserve(6 * options.control_plane.size() + 6 * token.size() + 4096);
  json::Writer w(body);
  w.begin_object();
  w.member("control_plane_url", options.control_plane);
  w.member("enrollment_token", token.reveal_text());
  if (!options.allow.empty()) {
    w.key("allow");
    w.begin_array();
    for (const auto& kind : options.allow) w.value(kind);
    w.end_array();
  }
  w.end_object();
  return body;
}

void print_enrolled(json::Value enrollment) {
  const auto control_plane = enrollment.find("control_plane");
  fmt::print("Enrolled at {} ({}).\n", text_of(control_plane.find("url")),
             text_of(control_plane.find("id")));
  fmt::print("It may have this node do:");
  const auto allowed = enrollment.find("commands").find("allowed");
  for (std::size_t i = 0; i < allowed.size(); ++i) fmt::print(" {}", text_of(allowed.at(i)));
  fmt::print(".\nHow it goes: b3iq-host status. To leave again: b3iq-host unenroll\n");
}

void print_left(json::Value departure) {
  fmt::print("This node is local again.\n");
  if (departure.find("told").boolean().value_or(false)) {
    fmt::print("The control plane knows.\n");
    return;
  }
  const auto error = departure.find("error");
  fmt::print("The control plane was not told{}{} Its operator can remove the node there.\n",
             error.is_object() ? ": " : ".",
             error.is_object() ? text_of(error.find("detail")) : "");
}

}  // namespace

int run_enroll(const Home& home, const EnrollOptions& options) {
  const auto token = read_token(options);
  if (!token.ok()) return print_error(token.error());
  auto body = body_of(options, *token);
  const auto outcome = call_setup_api(home, http::Method::post, "/setup/v1/enrollment", body);
  crypto::wipe(body.data(), body.size());
  return print_answer(outcome, options.form, print_enrolled);
}

int run_unenroll(const Home& home, OutputForm form) {
  return call_and_print(home, http::Method::delete_, "/setup/v1/enrollment", "", form, print_left);
}

}  // namespace b3iq::agent
