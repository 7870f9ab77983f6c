#include "agent/backup/backup_job.h"

#include <unistd.h>

#include "agent/backup/durable_file.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/secret_file.h"

namespace b3iq::agent {

using base::Status;

namespace {

constexpr std::string_view kType = "b3iq-backup-order-v1";

std::string text_of(json::Value root, std::string_view name) {
  return std::string(root.find(name).string().value_or(""));
}

std::optional<BackupOrder> parse_order(std::string_view text) {
  const auto document = json::Document::parse(text);
  if (!document.ok() || document->root().find("type").string() != kType) return {};
  const auto root = document->root();
  const bool identity = root.find("with_identity").boolean().value_or(false);
  return BackupOrder{text_of(root, "backup"), identity ? WithIdentity::yes : WithIdentity::no,
                     text_of(root, "actor"), root.find("asked_at_ms").integer().value_or(0)};
}

void write_error(json::Writer& w, const BackupJob& job) {
  w.key("error");
  if (job.error_code.empty()) {
    w.null();
    return;
  }
  w.begin_object();
  w.member("code", job.error_code);
  w.member("detail", job.error_detail);
  w.end_object();
}

}  // namespace

std::string_view backup_state_name(BackupState state) {
  switch (state) {
    case BackupState::making:
      return "making";
    case BackupState::done:
      return "done";
    case BackupState::failed:
      return "failed";
    case BackupState::cancelled:
      return "cancelled";
  }
  return "failed";
}

BackupJob done_job(KeptBackup made) {
  BackupJob job;
  job.order.id = made.id;
  job.order.identity = made.facts.has_identity ? WithIdentity::yes : WithIdentity::no;
  job.state = BackupState::done;
  job.done_bytes = made.bytes;
  job.total_bytes = made.bytes;
  job.made = std::move(made);
  return job;
}

void write_backup(json::Writer& w, const BackupJob& job, std::string_view node_id) {
  const bool is_done = job.state == BackupState::done;
  w.begin_object();
  w.member("id", job.order.id);
  w.member("state", backup_state_name(job.state));
  w.member("created_at",
           is_done ? job.made.facts.created_at : base::format_rfc3339(job.order.asked_at_ms));
  w.member("bytes", job.made.bytes);
  w.member("node_id", is_done ? std::string_view(job.made.facts.node_id) : node_id);
  w.member("has_identity", job.order.identity == WithIdentity::yes);
  w.member("done_bytes", job.done_bytes);
  w.key("total_bytes");
  if (job.total_bytes) {
    w.value(*job.total_bytes);
  } else {
    w.null();
  }
  write_error(w, job);
  w.end_object();
}

Status write_backup_order(const Home& home, const BackupOrder& order) {
  std::string text;
  json::Writer w(text);
  w.begin_object();
  w.member("type", kType);
  w.member("backup", order.id);
  w.member("with_identity", order.identity == WithIdentity::yes);
  w.member("actor", order.actor);
  w.member("asked_at_ms", order.asked_at_ms);
  w.end_object();
  return write_durable(home.backup_order(), text);
}

Status remove_backup_order(const Home& home) { return remove_durable(home.backup_order()); }

std::optional<BackupOrder> read_backup_order(const Home& home) {
  if (::access(home.backup_order().c_str(), F_OK) != 0) return {};
  const auto file = crypto::read_secret_file(home.backup_order());
  auto order = file.ok() ? parse_order(file->reveal_text()) : std::nullopt;
  if (order && is_backup_id(order->id)) return order;
  base::log(base::LogLevel::warn, "backup.order_dropped",
            {{"path", std::string_view(home.backup_order())}});
  [[maybe_unused]] const auto removed = remove_backup_order(home);
  return {};
}

}  // namespace b3iq::agent
