#include "agent/setup/support_bundle_routes.h"

#include <fmt/format.h>

#include "agent/local_api/error_answers.h"
#include "agent/local_api/json_answer.h"
#include "base/bytes.h"
#include "crypto/sha256.h"

namespace b3iq::agent {

using base::Result;
using base::Task;
using http::Response;

namespace {

constexpr std::size_t kMaxBody = 4 * 1024;

Response part_list() {
  return list_answer(bundle_parts(), [](json::Writer& w, const BundlePart& part) {
    w.begin_object();
    w.member("name", part.name);
    w.member("about", part.about);
    w.end_object();
  });
}

Task<Result<Response>> make_bundle(const SupportBundleRoutes& self, std::string actor) {
  CO_TRY(auto bundle, co_await self.bundles.make());
  const AuditAct act{std::move(actor), "support.bundled",
                     base::to_hex(crypto::sha256(bundle.archive))};
  auto body = [&](storage::Transaction& tx) { return self.audit.append(tx, act); };
  CO_TRY_OK(co_await self.database.write(std::move(body)));
  Response response;
  response.content_type = "application/x-tar";
  response.headers.push_back({"Cache-Control", "no-store"});
  response.headers.push_back(
      {"Content-Disposition", fmt::format("attachment; filename=\"{}.tar\"", bundle.name)});
  response.body = std::move(bundle.archive);
  co_return response;
}

}  // namespace

void SupportBundleRoutes::add_to(http::Router& router) {
  const auto self = *this;
  router.add(
      http::Method::get, "/setup/v1/support-bundle/parts", "listSupportBundleParts", levels.owner,
      native_error, 0,
      [](http::Request&, const Principal&) -> Task<Result<Response>> { co_return part_list(); });
  router.add(http::Method::post, "/setup/v1/support-bundle", "createSupportBundle", levels.owner,
             native_error, kMaxBody, [self](http::Request&, const Principal& caller) {
               return make_bundle(self, std::string(caller.account()));
             });
}

}  // namespace b3iq::agent
