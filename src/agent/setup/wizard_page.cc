#include "agent/setup/wizard_page.h"

#include "agent/local_api/error_answers.h"
#include "base/log.h"

namespace b3iq::agent {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Task;
using http::Response;

namespace {

constexpr std::string_view kPrefix = "/setup/";

Result<Response> wizard_file(const http::StaticFiles* files, const http::Request& request) {
  if (files == nullptr) {
    return Error(ErrorCode::not_found,
                 "The setup wizard's files are not installed with this node. Install B3IQ again; "
                 "from its sources: ./run node. The commands work without: b3iq-host --help");
  }
  TRY(auto response, files->answer_app(request, request.path.substr(kPrefix.size())));
  response.headers.push_back({"Content-Security-Policy", std::string(kWizardContentPolicy)});
  response.headers.push_back({"Cross-Origin-Opener-Policy", "same-origin"});
  response.headers.push_back({"Cross-Origin-Resource-Policy", "same-origin"});
  return response;
}

}  // namespace

std::shared_ptr<const http::StaticFiles> load_wizard(const std::string& folder) {
  auto files = http::StaticFiles::load(folder);
  if (files.ok() && files->size() > 0)
    return std::make_shared<const http::StaticFiles>(std::move(files).value());
  base::log(base::LogLevel::warn, "wizard.missing", {{"folder", std::string_view(folder)}});
  return nullptr;
}

void add_wizard_page(http::Router& router, http::Public& level,
                     std::shared_ptr<const http::StaticFiles> files) {
  using http::Method;
  const auto answer = [files = std::move(files)](
                          http::Request& request,
                          const http::Public::Principal&) -> Task<Result<Response>> {
    co_return wizard_file(files.get(), request);
  };
  router.add(Method::get, "/setup/", "getWizard", level, native_error, 0, answer);
  router.add(Method::get, "/setup/{page}", "getWizardPage", level, native_error, 0, answer);
  router.add(Method::get, "/setup/assets/{file}", "getWizardAsset", level, native_error, 0, answer);
  router.add(Method::get, "/setup", "redirectToWizard", level, native_error, 0,
             [](http::Request&, const http::Public::Principal&) -> Task<Result<Response>> {
               Response response;
               response.status = 308;
               response.headers.push_back({"Location", "/setup/"});
               co_return response;
             });
}

}  // namespace b3iq::agent
