// The routes and api/local.json name the same operations, both ways: method, path, operation id and
// auth level.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "agent/app.h"
#include "json/json.h"

namespace b3iq::agent {
namespace {

using Row = std::string;

std::set<Row> rows_of_openapi() {
  std::ifstream in(B3IQ_SOURCE_DIR "/api/local.json");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto document = json::Document::parse(text);
  EXPECT_TRUE(document.ok());
  std::set<Row> rows;
  const auto paths = document->root().find("paths");
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto path = paths.member(i);
    for (std::size_t j = 0; j < path.value.size(); ++j) {
      const auto method = path.value.member(j);
      std::string row(method.name);
      for (char& c : row) c = static_cast<char>(c - 'a' + 'A');
      row += " " + std::string(path.name) + " " +
             std::string(method.value.find("operationId").string().value_or("?")) + " " +
             std::string(method.value.find("x-b3iq-auth").string().value_or("?"));
      rows.insert(row);
    }
  }
  return rows;
}

std::set<Row> rows_of_router(const http::Router& router) {
  std::set<Row> rows;
  for (const auto& route : router.routes()) {
    rows.insert(std::string(http::method_name(route.method)) + " " + route.pattern + " " +
                route.operation_id + " " + route.auth_level);
  }
  return rows;
}

TEST(RouteTable, MatchesTheOpenApiFileBothWays) {
  auto pattern = (std::filesystem::temp_directory_path() / "b3iq-routes-XXXXXX").string();
  const Home home{::mkdtemp(pattern.data())};
  ASSERT_TRUE(make_folders(home).ok());
  ASSERT_TRUE(protocol::NodeIdentity::create(home.identity_key(), base::system_random()).ok());
  {
    auto app = App::open(home, Settings{}, AppUse::offline);
    ASSERT_TRUE(app.ok()) << app.error().detail;
    EXPECT_EQ(rows_of_router((*app)->router()), rows_of_openapi());
    for (const auto& route : (*app)->router().routes()) EXPECT_FALSE(route.operation_id.empty());
  }
  std::filesystem::remove_all(home.root);
}

}  // namespace
}  // namespace b3iq::agent
