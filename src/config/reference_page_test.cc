#include "config/reference_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/test_table.h"

namespace b3iq::config {
namespace {

using ::testing::HasSubstr;

TEST(ReferencePage, SaysEverythingOfEachOption) {
  const OptionTable table = test_table();
  const std::string page = reference_page(table, "Settings", "All of them.");
  EXPECT_TRUE(page.starts_with("# Settings\n"));
  EXPECT_THAT(page, HasSubstr("## `limits.max_body`\n\nThe largest body.\n\n"
                              "- Value: a size from 1KiB to 64MiB.\n- Default: `8MiB`.\n"
                              "- Example: `\"16MiB\"`\n- Environment: `B3IQ_MAX_BODY`\n"));
  EXPECT_THAT(page, HasSubstr("- Flag: `--listen`\n"));
  EXPECT_THAT(page, HasSubstr("## `control.token`\n\nA secret.\n\n- Value: a text of at most 100 "
                              "bytes.\n- Default: empty.\n"));
  EXPECT_THAT(page, HasSubstr("- Secret: never shown"));
  EXPECT_THAT(page, HasSubstr("one of debug, info, warn"));
  for (const Option& option : table.options()) {
    EXPECT_THAT(page, HasSubstr("## `" + std::string(option.name) + "`\n"));
  }
}

}  // namespace
}  // namespace b3iq::config
