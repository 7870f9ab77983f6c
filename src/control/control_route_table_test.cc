// The routes and the OpenAPI files of the control plane name the same operations, both ways:
// method, path, operation id and auth level.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <set>

#include "control/testing/control_fixture.h"
#include "json/json.h"

namespace b3iq::control {
namespace {

using Row = std::string;

void add_rows_of(const std::string& file, std::set<Row>& rows) {
  std::ifstream in(B3IQ_SOURCE_DIR "/api/" + file);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  auto document = json::Document::parse(text);
  ASSERT_TRUE(document.ok()) << file;
  const auto paths = document->root().find("paths");
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto path = paths.member(i);
    for (std::size_t j = 0; j < path.value.size(); ++j) {
      const auto method = path.value.member(j);
      if (method.name == "parameters") continue;
      std::string row(method.name);
      for (char& c : row) c = static_cast<char>(c - 'a' + 'A');
      row += " " + std::string(path.name) + " " +
             std::string(method.value.find("operationId").string().value_or("?")) + " " +
             std::string(method.value.find("x-b3iq-auth").string().value_or("?"));
      EXPECT_TRUE(rows.insert(row).second) << row << " stands in two files";
    }
  }
}

class RouteTableTest : public ControlTest {};

TEST_P(RouteTableTest, MatchesTheOpenApiFilesBothWays) {
  std::set<Row> described;
  for (const auto* file : {"managed.json", "admin.json", "public.json", "customer.json"})
    add_rows_of(file, described);
  std::set<Row> served;
  for (const auto& route : app().router().routes()) {
    served.insert(std::string(http::method_name(route.method)) + " " + route.pattern + " " +
                  route.operation_id + " " + route.auth_level);
  }
  EXPECT_EQ(served, described);
}

INSTANTIATE_TEST_SUITE_P(Db, RouteTableTest, ::testing::Values(TestDatabase::sqlite),
                         name_of_database);

}  // namespace
}  // namespace b3iq::control
