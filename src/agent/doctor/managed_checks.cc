#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

#include "agent/doctor/doctor_checks.h"
#include "agent/doctor/short_question.h"
#include "agent/sync/control_errors.h"
#include "agent/sync/enrollment_record.h"
#include "crypto/secret_file.h"
#include "runtimes/upstream/dial_policy.h"

namespace b3iq::agent {
namespace {

constexpr std::int64_t kReachMs = 5'000;
// Signatures allow for 300 s, and the node for any difference; this is worth a look all the same.
constexpr std::int64_t kWrongClockMs = 60'000;

std::string leave_fix(const Home& home) {
  return fmt::format("b3iq-host --home {} unenroll", shell_word(home.root));
}

std::optional<EnrollmentRecord> check_record(const Home& home,
                                             const std::optional<std::string>& node_id,
                                             Diagnosis& out) {
  const auto path = home.enrollment_record();
  const auto file = crypto::read_secret_file(path);
  if (!file.ok()) {
    out.fault("managed.file", file.error().detail, "chmod 600 " + shell_word(path));
    return std::nullopt;
  }
  auto record = read_enrollment_record(file->reveal_text());
  if (!record.ok()) {
    out.fault("managed.record", fmt::format("{}: {}.", path, record.error().detail),
              leave_fix(home));
    return std::nullopt;
  }
  if (node_id && record->node_id.text() != *node_id) {
    out.fault("managed.record", "The enrollment in this home is another node's.", leave_fix(home));
    return std::nullopt;
  }
  out.good("managed.record", record->control_plane_url);
  return std::move(record).value();
}

void check_offset(const EnrollmentRecord& record, Diagnosis& out) {
  const auto offset_ms = record.clock_offset_ms;
  if (std::llabs(offset_ms) < kWrongClockMs) {
    out.good("managed.clock", "It agrees with the control plane's.");
    return;
  }
  out.warning("managed.clock",
              fmt::format("The control plane's clock is {} s {} of this machine's.",
                          std::llabs(offset_ms) / 1000, offset_ms < 0 ? "behind" : "ahead"),
              "timedatectl set-ntp true");
}

void check_reach(const ControlAddress& address, const ManagedSettings& settings, Diagnosis& out) {
  const auto policy = address.origin.tls ? runtimes::dial_policy(address.origin.host, 0)
                                         : runtimes::loopback_policy(0);
  const auto answers =
      ask_shortly({{address.origin, "/health/live", "", settings.ca_file, policy}}, kReachMs);
  const auto& answer = answers.front();
  if (answer.ok()) {
    out.good("managed.reach", address.url);
    return;
  }
  const auto why = network_failure(address, answer.error());
  out.warning("managed.reach", why.detail,
              "The node serves its owner without it. b3iq-host status says how it stands.");
}

}  // namespace

void check_managed(const Home& home, const Settings& settings,
                   const std::optional<std::string>& node_id, Diagnosis& out) {
  // A node that is not enrolled has nothing here to be wrong.
  if (::access(home.enrollment_record().c_str(), F_OK) != 0) return;
  const auto record = check_record(home, node_id, out);
  if (!record) return;
  check_offset(*record, out);
  const auto address = parse_control_address(record->control_plane_url);
  if (!address.ok()) {
    out.fault("managed.record", address.error().detail, leave_fix(home));
    return;
  }
  check_reach(*address, settings.managed, out);
}

}  // namespace b3iq::agent
