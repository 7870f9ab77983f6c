#include "control/cli/made_secret.h"

#include <unistd.h>

#include "base/bytes.h"
#include "control/cli/admin_call.h"
#include "crypto/secret_file.h"

namespace b3iq::control {

using base::Status;

namespace {

// The file that will hold the secret. None when no file was named.
Status reserve(const std::string& file) {
  return file.empty() ? Status() : crypto::write_secret_file(file, {}, crypto::IfExists::fail);
}

void give_up(const std::string& file) {
  if (!file.empty()) ::unlink(file.c_str());
}

Status put(const std::string& file, std::string_view secret) {
  const auto line = fmt::format("{}\n", secret);
  if (!file.empty()) return crypto::write_secret_file(file, base::as_bytes(line));
  fmt::print("{}", line);
  return {};
}

}  // namespace

int make_with_secret(const AdminOptions& options, std::string_view path, std::string_view body,
                     std::string_view made, const SayMade& say) {
  const std::string& file = options.out;
  if (const auto reserved = reserve(file); !reserved.ok())
    return cli::print_error(reserved.error());
  const auto answer = call_admin(options, http::Method::post, path, body);
  if (answer.exit_code != cli::kExitOk) {
    give_up(file);
    return answer.exit_code;
  }
  const auto document = json::Document::parse(answer.body);
  if (!document.ok()) return cli::print_error(document.error());
  const auto root = document->root();
  const bool json = options.form == OutputForm::json;
  if (json && file.empty()) {
    fmt::print("{}\n", answer.body);
    return cli::kExitOk;
  }
  const auto secret = root.find("secret").string().value_or("");
  if (const auto kept = put(file, secret); !kept.ok()) return cli::print_error(kept.error());
  if (json) {
    fmt::print("{}\n", root.find(made).to_text());
  } else {
    say(root);
  }
  return cli::kExitOk;
}

}  // namespace b3iq::control
