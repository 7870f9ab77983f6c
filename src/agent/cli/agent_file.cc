#include "agent/cli/agent_file.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "base/bytes.h"
#include "crypto/secret_file.h"
#include "json/json.h"

namespace b3iq::agent {

base::Status write_agent_file(const Home& home, const AgentFile& file) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  w.member("pid", file.pid);
  w.member("url", file.url);
  w.member("listen_url", file.listen_url);
  w.member("operator_token", file.operator_token);
  w.member("draining", file.draining);
  w.end_object();
  text += '\n';
  return crypto::write_secret_file(home.agent_file(), base::as_bytes(text));
}

void remove_agent_file(const Home& home) { ::unlink(home.agent_file().c_str()); }

std::optional<AgentFile> read_agent_file(const Home& home) {
  std::ifstream in(home.agent_file(), std::ios::binary);
  if (!in) return std::nullopt;
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const auto document = json::Document::parse(text);
  if (!document.ok()) return std::nullopt;
  const auto root = document->root();
  AgentFile file;
  file.pid = root.find("pid").integer().value_or(0);
  file.url = root.find("url").string().value_or("");
  file.listen_url = root.find("listen_url").string().value_or(file.url);
  file.operator_token = root.find("operator_token").string().value_or("");
  file.draining = root.find("draining").boolean().value_or(false);
  const bool alive =
      file.pid > 0 && (::kill(static_cast<pid_t>(file.pid), 0) == 0 || errno == EPERM);
  if (!alive || file.url.empty()) return std::nullopt;
  return file;
}

base::Error draining_error(const AgentFile& file) {
  return {base::ErrorCode::shutting_down,
          fmt::format("The node (process {}) drains: it was told to stop or to start again, "
                      "finishes the calls that run and takes nothing else. Wait a moment; if it "
                      "does not come back, b3iq-host serve starts it.",
                      file.pid)};
}

}  // namespace b3iq::agent
