#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "agent/cli/commands.h"
#include "agent/cli/exit_codes.h"
#include "agent/cli/terminal.h"
#include "agent/support/bundle_check.h"
#include "base/result.h"
#include "cli/print_object.h"
#include "json/json.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;

namespace {

// Bundles have a few megabytes.
constexpr std::uintmax_t kMaxBundleBytes = 256 * 1024 * 1024;

Result<std::string> read_bundle(const std::string& path) {
  std::error_code failure;
  const auto size = std::filesystem::file_size(path, failure);
  if (failure) {
    return Error(ErrorCode::file_failed,
                 fmt::format("{} cannot be read: {}.", path, failure.message()));
  }
  if (size > kMaxBundleBytes) {
    return Error(ErrorCode::file_failed,
                 fmt::format("{} is larger than any support bundle ({} bytes).", path, size));
  }
  std::ifstream in(path, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!in) return Error(ErrorCode::file_failed, fmt::format("{} cannot be read.", path));
  return bytes;
}

void print_json(const BundleVerdict& verdict) {
  cli::print_object([&](json::Writer& w) {
    w.member("holds", verdict.holds());
    w.member("node_id", verdict.node_id);
    w.member("made_at", verdict.made_at);
    w.member("parts", static_cast<std::int64_t>(verdict.parts));
    w.key("problems");
    w.begin_array();
    for (const auto& problem : verdict.problems) w.value(std::string_view(problem));
    w.end_array();
  });
}

void print_text(const std::string& file, const BundleVerdict& verdict) {
  if (verdict.holds()) {
    fmt::print("{} is what node {} put together at {}: {} parts, none changed.\n", file,
               verdict.node_id, verdict.made_at, verdict.parts);
    return;
  }
  fmt::print("{} does not hold:\n", file);
  for (const auto& problem : verdict.problems) fmt::print("  {}\n", problem);
  fmt::print("Ask for a new one: b3iq-host support bundle\n");
}

}  // namespace

int run_support_verify(const SupportVerifyOptions& options) {
  const auto bytes = read_bundle(options.file);
  if (!bytes.ok()) return print_error(bytes.error());
  const auto verdict = check_bundle(*bytes, options.node_id);
  if (options.form == OutputForm::json) {
    print_json(verdict);
  } else {
    print_text(options.file, verdict);
  }
  return verdict.holds() ? kExitOk : kExitFailed;
}

}  // namespace b3iq::agent
