#include "agent/cli/doctor_checks.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "agent/cli/agent_file.h"
#include "agent/cli/api_channel.h"
#include "agent/settings.h"
#include "base/clock.h"
#include "json/json.h"
#include "protocol/identity.h"

namespace b3iq::agent {
namespace {

constexpr std::uint64_t kLowDiskBytes = 1024ull * 1024 * 1024;
constexpr std::int64_t kEarliestSaneMs =
    1'767'225'600'000;  // 2026-01-01: this program is younger than that

using Findings = std::vector<Finding>;

void good(Findings& out, std::string check, std::string found) {
  out.push_back({std::move(check), Verdict::good, std::move(found), ""});
}
void fault(Findings& out, std::string check, std::string found, std::string fix) {
  out.push_back({std::move(check), Verdict::fault, std::move(found), std::move(fix)});
}
void warning(Findings& out, std::string check, std::string found, std::string fix) {
  out.push_back({std::move(check), Verdict::warning, std::move(found), std::move(fix)});
}

bool check_home(const Home& home, Findings& out) {
  struct stat info{};
  if (::stat(home.root.c_str(), &info) != 0) {
    fault(out, "home.exists", fmt::format("There is no {}.", home.root), "b3iq-host init");
    return false;
  }
  if ((info.st_mode & 077) != 0) {
    fault(out, "home.mode", fmt::format("Other users can enter {}.", home.root),
          "chmod 700 " + home.root);
  } else {
    good(out, "home.mode", home.root);
  }
  if (info.st_uid != ::geteuid()) {
    fault(out, "home.owner", fmt::format("{} belongs to another user.", home.root),
          "Run this command as that user, or set B3IQ_HOME.");
  }
  return true;
}

void check_secret(const std::string& path, const std::string& check, Findings& out) {
  struct stat info{};
  if (::stat(path.c_str(), &info) != 0) {
    fault(out, check, fmt::format("{} is missing.", path),
          "b3iq-host init (a new identity is a new node)");
  } else if ((info.st_mode & 077) != 0) {
    fault(out, check, fmt::format("Other users can read {}.", path), "chmod 600 " + path);
  } else {
    good(out, check, path);
  }
}

void check_files(const std::string& path, const std::string& check, const std::string& fix,
                 Findings& out) {
  if (::access(path.c_str(), R_OK) == 0) {
    good(out, check, path);
  } else {
    fault(out, check, fmt::format("{} cannot be read.", path), fix);
  }
}

void check_installation(Findings& out) {
  const auto found = find_installation();
  if (!found.ok()) {
    fault(out, "install.program", found.error().detail, "Mount /proc, then try again.");
    return;
  }
  const std::string fix = "Build or install again: ./run build";
  check_files(found->worker, "install.worker", fix, out);
  check_files(found->llama_folder, "install.llama", fix, out);
  check_files(found->default_model, "install.model", fix, out);
}

void check_disk(const Home& home, Findings& out) {
  struct statvfs disk{};
  if (::statvfs(home.root.c_str(), &disk) != 0) return;
  const auto free = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  const auto text =
      fmt::format("{:.1f} GiB free", static_cast<double>(free) / (1024.0 * 1024 * 1024));
  if (free < kLowDiskBytes) {
    warning(
        out, "disk.space", text,
        "Free some space: receipts cannot be written to a full disk, and calls are refused then.");
  } else {
    good(out, "disk.space", text);
  }
}

void check_clock(Findings& out) {
  const auto now = base::system_clock().wall_ms();
  if (now < kEarliestSaneMs) {
    fault(out, "clock", fmt::format("The clock says {}.", base::format_rfc3339(now)),
          "Set the clock: timedatectl set-ntp true");
  } else {
    good(out, "clock", base::format_rfc3339(now));
  }
}

void check_runtimes(json::Value status, Findings& out) {
  const auto runtimes = status.find("runtimes");
  for (std::size_t i = 0; i < runtimes.size(); ++i) {
    const auto runtime = runtimes.at(i);
    const auto id = std::string(runtime.find("id").string().value_or(""));
    const auto state = runtime.find("state").string().value_or("");
    const auto detail = runtime.find("detail").string().value_or("");
    const auto text = fmt::format("{} is {}{}{}", id, state, detail.empty() ? "" : ": ", detail);
    if (state == "unreachable") {
      fault(out, "runtime." + id, text, "Start the runtime, or correct its entry in config.json.");
    } else {
      good(out, "runtime." + id, text);
    }
  }
  if (status.find("models").size() == 0) {
    fault(out, "models", "The node offers no model.",
          "Start a runtime that has one, or add the embedded runtime to config.json.");
  } else {
    good(out, "models", fmt::format("{} offered", status.find("models").size()));
  }
}

void check_node(const Home& home, Findings& out) {
  const auto file = read_agent_file(home);
  if (!file) {
    warning(out, "node.running", "No node serves this home.", "b3iq-host serve");
    return;
  }
  auto channel = ApiChannel::open(home);
  auto answer = channel.ok() ? channel.value()->call(http::Method::get, "/setup/v1/status", "")
                             : base::Result<ApiAnswer>(channel.error());
  if (!answer.ok()) {
    fault(out, "node.running",
          fmt::format("Process {} does not answer at {}: {}", file->pid, file->url,
                      answer.error().detail),
          "Stop it and start it again: b3iq-host serve");
    return;
  }
  good(out, "node.running", file->url);
  const auto document = json::Document::parse(answer->body);
  if (document.ok()) check_runtimes(document->root(), out);
}

}  // namespace

Findings examine(const Home& home) {
  Findings out;
  check_installation(out);
  check_clock(out);
  if (!check_home(home, out)) return out;
  check_disk(home, out);
  check_secret(home.identity_key(), "identity.key", out);
  if (const auto settings = load_settings(home.config(), ""); !settings.ok()) {
    fault(out, "config", settings.error().detail, "Correct " + home.config());
  } else {
    good(out, "config", home.config());
    for (const auto& runtime : settings->runtimes) {
      if (!runtime.api_key_file.empty())
        check_secret(runtime.api_key_file, "runtime." + runtime.id + ".key", out);
    }
  }
  check_node(home, out);
  return out;
}

}  // namespace b3iq::agent
