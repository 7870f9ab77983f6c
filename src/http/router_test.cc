#include "http/router.h"

#include <gtest/gtest.h>

#include "http/http_fixture.h"

namespace b3iq::http {
namespace {

class RouterTest : public ::testing::Test {
 protected:
  void add(Method method, std::string_view pattern) {
    router_.add(method, pattern, pattern, open_, fixture::render_plain, 0,
                [](Request&, const Public::Principal&) -> base::Task<base::Result<Response>> {
                  co_return Response();
                });
  }
  Router::Match match(Method method, std::string_view path) {
    request_.method = method;
    request_.path = path;
    return router_.match(request_);
  }
  std::string hit(Method method, std::string_view path) {
    const auto found = match(method, path);
    std::string out = found.route ? found.route->pattern : "none";
    for (const auto value : request_.path_parameters) out += " " + std::string(value);
    return out;
  }

  Public open_;
  Router router_{fixture::render_plain};
  Request request_;
};

TEST_F(RouterTest, ExactBeforePatternsBeforeRest) {
  add(Method::get, "/files/{path*}");
  add(Method::get, "/v1/models/{model}");
  add(Method::get, "/v1/models/all");
  add(Method::get, "/v1/{a}/x/{b}");
  EXPECT_EQ(hit(Method::get, "/v1/models/all"), "/v1/models/all");
  EXPECT_EQ(hit(Method::get, "/v1/models/llama3.1:8b"), "/v1/models/{model} llama3.1:8b");
  EXPECT_EQ(hit(Method::get, "/v1/k/x/9"), "/v1/{a}/x/{b} k 9");
  EXPECT_EQ(hit(Method::get, "/files/a/b/c"), "/files/{path*} a/b/c");
  EXPECT_EQ(hit(Method::get, "/files/"), "/files/{path*} ");
  for (const char* path :
       {"/", "/files", "/v1/models/", "/v1/models/a/b", "/v1/models", "/v1//x/9"}) {
    EXPECT_EQ(hit(Method::get, path), "none") << path;
  }
}

TEST_F(RouterTest, MethodsOfAPath) {
  add(Method::get, "/a");
  add(Method::post, "/a");
  add(Method::delete_, "/b/{id}");
  EXPECT_EQ(match(Method::head, "/a").route->method, Method::get);
  const auto none = match(Method::put, "/a");
  EXPECT_EQ(none.route, nullptr);
  EXPECT_TRUE(none.path_known);
  EXPECT_EQ(none.allowed_methods, "GET, HEAD, POST");
  EXPECT_EQ(match(Method::get, "/b/1").allowed_methods, "DELETE");
  EXPECT_FALSE(match(Method::get, "/c").path_known);
}

}  // namespace
}  // namespace b3iq::http
