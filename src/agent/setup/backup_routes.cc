#include "agent/setup/backup_routes.h"

#include <fmt/format.h>

#include <optional>

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "agent/setup/body_texts.h"
#include "agent/setup/restart_routes.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;
using base::Task;
using http::Response;

namespace {

constexpr std::size_t kMaxBody = 4 * 1024;
// Clients send `{}` with a POST that takes nothing.
constexpr std::size_t kMaxIgnoredBody = 1024;

struct BackupWish {
  std::optional<bool> with_identity;
  crypto::Secret password;  // empty: none was given
};

Error wrong(std::string_view member, std::string_view what) {
  return {ErrorCode::invalid_request, fmt::format("'{}' must be {}.", member, what),
          std::string(member)};
}

Status read_member(std::string_view name, json::Value value, BackupWish& wish) {
  if (name == "with_identity") {
    wish.with_identity = value.boolean();
    if (!wish.with_identity) return wrong(name, "true or false");
  } else if (name == "password") {
    const auto text = value.string();
    if (!text) return wrong(name, "a text");
    wish.password = crypto::Secret(*text);
  } else {
    return Error(ErrorCode::invalid_request, fmt::format("There is no member '{}' here.", name),
                 std::string(name));
  }
  return {};
}

Result<BackupWish> read_wish(std::string_view body) {
  TRY(const auto document, json::Document::parse(body));
  const auto root = document.root();
  BackupWish wish;
  for (std::size_t i = 0; i < root.size(); ++i) {
    const auto member = root.member(i);
    TRY_OK(read_member(member.name, member.value, wish));
  }
  if (!wish.with_identity) return wrong("with_identity", "true or false");
  return wish;
}

Result<crypto::Secret> read_password(std::string_view body) {
  std::string text;
  TRY_OK(read_body_texts(body, {{"password", text, false}}));
  crypto::Secret password(text);
  crypto::wipe(text.data(), text.size());
  return password;
}

// A session that was left open must not be enough. The command line can read the files anyway.
Task<Status> confirm(const BackupRoutes& self, std::shared_ptr<Session> session,
                     crypto::Secret password) {
  if (!session) co_return Status();
  if (password.reveal_text().empty()) {
    co_return Error(ErrorCode::invalid_request,
                    "This needs your password once more, as 'password'.", "password");
  }
  co_return co_await self.logins.confirm_password(std::move(session), std::move(password),
                                                  "password");
}

Response backup_answer(const BackupRoutes& self, const BackupJob& job, int status = 200) {
  Response response;
  json::Writer w(response.body.emplace<std::string>());
  write_backup(w, job, self.backups.node_id());
  response.status = status;
  return response;
}

Task<Result<Response>> list(const BackupRoutes& self) {
  CO_TRY(const auto jobs, co_await self.backups.list());
  co_return list_answer(jobs, [&self](json::Writer& w, const BackupJob& job) {
    write_backup(w, job, self.backups.node_id());
  });
}

Task<Result<Response>> get(const BackupRoutes& self, std::string id) {
  CO_TRY(const auto job, co_await self.backups.find(std::move(id)));
  co_return backup_answer(self, job);
}

Task<Result<Response>> create(const BackupRoutes& self, const http::Request& request,
                              Principal caller) {
  CO_TRY(auto wish, read_wish(request.body));
  if (*wish.with_identity)
    CO_TRY_OK(co_await confirm(self, caller.session, std::move(wish.password)));
  const auto identity = *wish.with_identity ? WithIdentity::yes : WithIdentity::no;
  CO_TRY(const auto job, co_await self.backups.create(identity, std::string(caller.account())));
  co_return backup_answer(self, job, 202);
}

Task<Result<Response>> cancel(const BackupRoutes& self, std::string id) {
  CO_TRY(const auto job, co_await self.backups.cancel(std::move(id)));
  co_return backup_answer(self, job);
}

Task<Result<Response>> remove(const BackupRoutes& self, std::string id, std::string actor) {
  CO_TRY_OK(co_await self.backups.remove(id, std::move(actor)));
  co_return object_answer([&](json::Writer& w) {
    w.member("id", id);
    w.member("removed", true);
  });
}

// Whoever has an archive can try passwords on its hashes as long as he likes, and with the identity
// he is this node: an open session is not enough.
Task<Result<Response>> archive(const BackupRoutes& self, const http::Request& request,
                               Principal caller) {
  CO_TRY(auto password, read_password(request.body));
  const std::string id(request.path_parameters.at(0));
  CO_TRY_OK(co_await confirm(self, caller.session, std::move(password)));
  CO_TRY(auto source, co_await self.backups.archive(id, std::string(caller.account())));
  Response response;
  response.content_type = "application/x-tar";
  response.headers.push_back({"Cache-Control", "no-store"});
  response.headers.push_back(
      {"Content-Disposition", fmt::format("attachment; filename=\"b3iq-{}.tar\"", id)});
  response.body = std::move(source);
  co_return response;
}

Task<Result<Response>> restore(const BackupRoutes& self, const http::Request& request,
                               Principal caller) {
  CO_TRY_OK(self.control.may_restart());
  CO_TRY(auto password, read_password(request.body));
  std::string id(request.path_parameters.at(0));
  CO_TRY_OK(co_await confirm(self, caller.session, std::move(password)));
  CO_TRY_OK(co_await self.backups.prepare_restore(std::move(id), std::string(caller.account()),
                                                  self.facts(), self.listen_flag));
  // Should another restart have been asked for meanwhile, that one brings it back.
  [[maybe_unused]] const auto asked = self.control.restart();
  co_return restarting_answer(self.drain_ms);
}

std::string id_of(const http::Request& request) {
  return std::string(request.path_parameters.at(0));
}

}  // namespace

void BackupRoutes::add_to(http::Router& router) {
  using http::Method;
  const auto self = *this;
  auto& owner = levels.owner;
  router.add(Method::get, "/setup/v1/backups", "listBackups", owner, native_error, 0,
             [self](http::Request&, const Principal&) { return list(self); });
  router.add(Method::post, "/setup/v1/backups", "createBackup", owner, native_error, kMaxBody,
             [self](http::Request& request, const Principal& caller) {
               return create(self, request, caller);
             });
  router.add(
      Method::get, "/setup/v1/backups/{backup}", "getBackup", owner, native_error, 0,
      [self](http::Request& request, const Principal&) { return get(self, id_of(request)); });
  router.add(Method::post, "/setup/v1/backups/{backup}/cancel", "cancelBackup", owner, native_error,
             kMaxIgnoredBody, [self](http::Request& request, const Principal&) {
               return cancel(self, id_of(request));
             });
  router.add(Method::delete_, "/setup/v1/backups/{backup}", "removeBackup", owner, native_error, 0,
             [self](http::Request& request, const Principal& caller) {
               return remove(self, id_of(request), std::string(caller.account()));
             });
  router.add(Method::post, "/setup/v1/backups/{backup}/archive", "getBackupArchive", owner,
             native_error, kMaxBody, [self](http::Request& request, const Principal& caller) {
               return archive(self, request, caller);
             });
  router.add(Method::post, "/setup/v1/backups/{backup}/restore", "restoreBackup", owner,
             native_error, kMaxBody, [self](http::Request& request, const Principal& caller) {
               return restore(self, request, caller);
             });
}

}  // namespace b3iq::agent
