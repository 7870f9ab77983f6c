#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "base/bytes.h"
#include "cli/print_object.h"
#include "control/cli/admin_call.h"
#include "protocol/audit_chain.h"

namespace b3iq::control {

using base::Error;
using base::ErrorCode;
using base::Status;

namespace {

constexpr std::size_t kMaxLineBytes = 64 * 1024;

Status write_all(std::FILE* out, std::string_view piece, std::string_view name) {
  if (std::fwrite(piece.data(), 1, piece.size(), out) == piece.size()) return {};
  return Error(ErrorCode::file_failed,
               fmt::format("{} cannot be written to its end. Is the disk full?", name));
}

Status export_to(AdminChannel& channel, std::FILE* out, std::string_view name) {
  TRY_OK(channel.stream(http::Method::get, "/v1/admin/audit/export", {},
                        [&](std::string_view piece) { return write_all(out, piece, name); }));
  if (std::fflush(out) != 0 || std::ferror(out) != 0)
    return Error(ErrorCode::file_failed, fmt::format("{} cannot be written.", name));
  return {};
}

base::Result<crypto::Sha256Digest> hash_of_text(json::Value value) {
  crypto::Sha256Digest hash{};
  const auto bytes = base::from_hex(value.string().value_or(""));
  if (!bytes || bytes->size() != hash.size()) return Error(ErrorCode::corrupt, "a hash is none");
  std::copy(bytes->begin(), bytes->end(), hash.begin());
  return hash;
}

// Error: corrupt, for a line that is no entry.
base::Result<protocol::AuditEntry> entry_of_line(std::string_view line) {
  TRY(const auto document, json::Document::parse(line));
  const auto root = document.root();
  const auto seq = root.find("seq").integer();
  const auto at_ms = root.find("at_ms").integer();
  if (!seq || !at_ms) return Error(ErrorCode::corrupt, "seq or at_ms is missing");
  protocol::AuditEntry entry;
  entry.seq = *seq;
  entry.at_ms = *at_ms;
  entry.actor = root.find("actor").string().value_or("");
  entry.act = root.find("act").string().value_or("");
  entry.subject = root.find("subject").string().value_or("");
  TRY(entry.previous_hash, hash_of_text(root.find("previous_hash")));
  TRY(entry.hash, hash_of_text(root.find("hash")));
  return entry;
}

int report(const AdminOptions& options, const protocol::AuditState& state, std::string_view fault) {
  if (options.form == OutputForm::json) {
    cli::print_object([&](json::Writer& w) {
      w.member("holds", state.first_broken_seq == 0);
      w.member("entries", state.entries);
      w.member("head", base::to_hex(state.head));
      w.member("first_broken_seq", state.first_broken_seq);
    });
  } else if (state.first_broken_seq == 0) {
    fmt::print("The chain of {} entries holds. Its head is {}.\n", state.entries,
               base::to_hex(state.head));
  } else {
    fmt::print("The chain is broken at entry {}: {}.\n", state.first_broken_seq, fault);
  }
  return state.first_broken_seq == 0 ? cli::kExitOk : cli::kExitFailed;
}

int verify_file(const AdminOptions& options) {
  std::ifstream in(options.file, std::ios::binary);
  if (!in) {
    return cli::print_error(Error(ErrorCode::file_failed,
                                  fmt::format("{} cannot be read. Make an export: "
                                              "b3iq-control-plane admin audit export --out FILE",
                                              options.file)));
  }
  protocol::AuditState state;
  std::string line;
  for (std::int64_t number = 1; std::getline(in, line); ++number) {
    const auto entry =
        line.size() > kMaxLineBytes
            ? base::Result<protocol::AuditEntry>(Error(ErrorCode::corrupt, "the line is too long"))
            : entry_of_line(line);
    if (!entry.ok()) {
      return cli::print_error(
          Error(ErrorCode::corrupt, fmt::format("Line {} of {} is no entry of an audit log: {}.",
                                                number, options.file, entry.error().detail)));
    }
    protocol::check_audit_entry(state, *entry);
  }
  return report(options, state, "it is not what was appended after the one before it");
}

}  // namespace

int run_audit_list(const AdminOptions& options) {
  const auto query = query_of({{"limit", std::to_string(options.limit)}, {"before", options.page}});
  const auto answer = call_admin(options, http::Method::get, "/v1/admin/audit" + query);
  return print_admin(options, answer, [](json::Value root) {
    print_list(
        root,
        {{"SEQ", "seq"}, {"AT", "at"}, {"ACTOR", "actor"}, {"ACT", "act"}, {"SUBJECT", "subject"}},
        "Nothing yet.");
  });
}

int run_audit_export(const AdminOptions& options) {
  auto channel = AdminChannel::open(options.target);
  if (!channel.ok()) return cli::print_error(channel.error());
  if (options.out.empty()) {
    const auto done = export_to(**channel, stdout, "standard output");
    return done.ok() ? cli::kExitOk : cli::print_error(done.error());
  }
  // "x": an export never replaces a file.
  std::FILE* out = std::fopen(options.out.c_str(), "wxe");
  if (out == nullptr) {
    return cli::print_error(
        Error(ErrorCode::conflict,
              fmt::format("{} cannot be made, or exists already. Name a new file.", options.out)));
  }
  auto done = export_to(**channel, out, options.out);
  if (std::fclose(out) != 0 && done.ok())
    done = Error(ErrorCode::file_failed, fmt::format("{} cannot be written.", options.out));
  if (!done.ok()) {
    ::unlink(options.out.c_str());
    return cli::print_error(done.error());
  }
  fmt::print(stderr,
             "The audit log is in {}. Check it anywhere: b3iq-control-plane admin audit "
             "verify --file {}\n",
             options.out, options.out);
  return cli::kExitOk;
}

int run_audit_verify(const AdminOptions& options) {
  if (!options.file.empty()) return verify_file(options);
  const auto answer = call_admin(options, http::Method::get, "/v1/admin/audit/verification");
  if (answer.exit_code != cli::kExitOk) return answer.exit_code;
  const auto document = json::Document::parse(answer.body);
  if (!document.ok()) return cli::print_error(document.error());
  const auto root = document->root();
  const bool holds = root.find("holds").boolean().value_or(false);
  if (options.form == OutputForm::json) {
    fmt::print("{}\n", answer.body);
  } else if (holds) {
    fmt::print("The chain of {} entries holds. Its head is {}.\n", cell_text(root.find("entries")),
               cell_text(root.find("head")));
  } else {
    fmt::print(
        "The chain is broken at entry {}: {}. The log was changed behind the control "
        "plane.\n",
        cell_text(root.find("first_broken_seq")), cell_text(root.find("fault")));
  }
  return holds ? cli::kExitOk : cli::kExitFailed;
}

}  // namespace b3iq::control
