#include "agent/cli/enrollment_text.h"

#include "agent/cli/setup_call.h"

namespace b3iq::agent {

namespace {

constexpr std::int64_t kMsPerSecond = 1'000;
// A difference that is worth a line.
constexpr std::int64_t kShownOffsetMs = 5'000;

void print_blockers(std::string_view what, json::Value blockers) {
  for (std::size_t i = 0; i < blockers.size(); ++i) {
    const auto blocker = blockers.at(i);
    fmt::print("blocker  {}{}: {} {}\n", what, text_of(blocker.find("code")),
               text_of(blocker.find("message")), text_of(blocker.find("next_action")));
  }
}

void print_commands(json::Value commands) {
  fmt::print("allowed ");
  const auto allowed = commands.find("allowed");
  for (std::size_t i = 0; i < allowed.size(); ++i) fmt::print(" {}", text_of(allowed.at(i)));
  fmt::print("\npending  {} commands and results\n",
             commands.find("pending").integer().value_or(0));
  const auto running = commands.find("running");
  for (std::size_t i = 0; i < running.size(); ++i) {
    const auto command = running.at(i);
    fmt::print("command  {} {}: {}\n", text_of(command.find("kind")), text_of(command.find("id")),
               text_of(command.find("phase")));
  }
}

}  // namespace

void print_enrollment(json::Value enrollment) {
  const auto state = text_of(enrollment.find("state"));
  if (state == "not_enrolled") {
    fmt::print("managed  no: {}\n", text_of(enrollment.find("detail")));
    return;
  }
  fmt::print("managed  {}: {}\n", state, text_of(enrollment.find("detail")));
  const auto control_plane = enrollment.find("control_plane");
  if (!control_plane.is_object()) return;
  fmt::print("control  {} ({})\n", text_of(control_plane.find("url")),
             text_of(control_plane.find("id")));
  const auto beat = enrollment.find("last_heartbeat_at");
  fmt::print("beat     {}\n", beat.is_string() ? time_text(beat) : "none yet");
  if (const auto error = enrollment.find("error"); error.is_object())
    fmt::print("error    {} ({})\n", text_of(error.find("detail")), text_of(error.find("code")));
  const auto offset_ms = enrollment.find("clock_offset_ms").integer().value_or(0);
  if (offset_ms > kShownOffsetMs || offset_ms < -kShownOffsetMs) {
    fmt::print(
        "clock    the control plane's is {} s {} of this machine's; requests are signed for "
        "its time\n",
        (offset_ms < 0 ? -offset_ms : offset_ms) / kMsPerSecond,
        offset_ms < 0 ? "behind" : "ahead");
  }
  const auto key = enrollment.find("transport_key");
  if (const auto error = key.find("error"); error.is_object()) {
    const auto until = key.find("bound_until");
    // Nothing: it is a new one, which the control plane has not accepted yet.
    const auto bound =
        until.is_null() ? std::string() : fmt::format(", valid until {},", time_text(until));
    fmt::print("key      its binding{} is not renewed: {} ({}) It is tried again.\n", bound,
               text_of(error.find("detail")), text_of(error.find("code")));
  }
  print_commands(enrollment.find("commands"));
  print_blockers("", enrollment.find("blockers"));
  const auto models = enrollment.find("models");
  for (std::size_t i = 0; i < models.size(); ++i) {
    const auto name = text_of(models.at(i).find("id")) + " ";
    print_blockers(name, models.at(i).find("blockers"));
  }
}

}  // namespace b3iq::agent
