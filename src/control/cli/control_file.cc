#include "control/cli/control_file.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "base/bytes.h"
#include "crypto/secret_file.h"
#include "json/json.h"

namespace b3iq::control {

base::Status write_control_file(const ControlHome& home, const ControlFile& file) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  w.member("pid", file.pid);
  w.member("url", file.url);
  w.member("listen_url", file.listen_url);
  w.member("operator_secret", file.operator_secret);
  w.end_object();
  text += '\n';
  return crypto::write_secret_file(home.control_file(), base::as_bytes(text));
}

void remove_control_file(const ControlHome& home) { ::unlink(home.control_file().c_str()); }

std::optional<ControlFile> read_control_file(const ControlHome& home) {
  const auto content = crypto::read_secret_file(home.control_file());
  if (!content.ok()) return std::nullopt;
  const auto document = json::Document::parse(content->reveal_text());
  if (!document.ok()) return std::nullopt;
  const auto root = document->root();
  ControlFile file;
  file.pid = root.find("pid").integer().value_or(0);
  file.url = root.find("url").string().value_or("");
  file.listen_url = root.find("listen_url").string().value_or(file.url);
  file.operator_secret = root.find("operator_secret").string().value_or("");
  const bool alive =
      file.pid > 0 && (::kill(static_cast<pid_t>(file.pid), 0) == 0 || errno == EPERM);
  if (!alive || file.url.empty()) return std::nullopt;
  return file;
}

}  // namespace b3iq::control
