#include "cli/option_rules.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

namespace b3iq::cli {
namespace {

// What the library says of `words`; "" when it takes them.
std::string complaint(CLI::App& app, std::vector<std::string> words) {
  std::ranges::reverse(words);
  try {
    app.clear();
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    return error.what();
  }
  return "";
}

TEST(OptionChecks, AWholeNumberIsWithinItsBoundsAndNeverSaturates) {
  CLI::App app;
  std::int64_t limit = 0;
  takes_whole_number(app.add_option("--limit", limit), 0, 1000);
  EXPECT_EQ(complaint(app, {"--limit", "1000"}), "");
  EXPECT_EQ(limit, 1000);
  for (const char* wrong : {"-1", "1001", "99999999999999999999", "1e3", "7x", ""})
    EXPECT_EQ(complaint(app, {"--limit", wrong}), "--limit: must be a whole number from 0 to 1000")
        << wrong;
}

TEST(OptionChecks, ANumberIsNoWordOfIt) {
  CLI::App app;
  double heat = 0;
  takes_number(app.add_option("--heat", heat), 0, 2);
  EXPECT_EQ(complaint(app, {"--heat", "1.5"}), "");
  EXPECT_DOUBLE_EQ(heat, 1.5);
  for (const char* wrong : {"nan", "inf", "2.1", "-0.1", "warm"})
    EXPECT_EQ(complaint(app, {"--heat", wrong}), "--heat: must be a number from 0 to 2") << wrong;
}

TEST(OptionChecks, BytesHaveUnits) {
  CLI::App app;
  std::int64_t rate = 0;
  takes_bytes(app.add_option("--rate", rate));
  for (const auto& [text, bytes] : std::vector<std::pair<std::string, std::int64_t>>{
           {"4096", 4096}, {"10MiB", 10 << 20}, {"2kb", 2048}, {"1 G", 1 << 30}}) {
    EXPECT_EQ(complaint(app, {"--rate", text}), "") << text;
    EXPECT_EQ(rate, bytes) << text;
  }
  for (const char* wrong : {"0", "-5", "10x", "MiB", "99999999999TiB", "1.5MiB"})
    EXPECT_NE(complaint(app, {"--rate", wrong}), "") << wrong;
}

TEST(OptionChecks, OneOfAFewWordsIsShownAndOffered) {
  CLI::App app;
  std::vector<std::string> colours;
  auto* option = app.add_option("--colour", colours)->delimiter(',');
  takes_one_of(option, {"red", "green"});
  EXPECT_EQ(complaint(app, {"--colour", "red,green"}), "");
  EXPECT_EQ(colours, (std::vector<std::string>{"red", "green"}));
  EXPECT_EQ(complaint(app, {"--colour", "red,blue"}), "--colour: 'blue' is none of red and green");
  EXPECT_EQ(complaint(app, {"--colour", "b3iq_local_x"}),
            "--colour: that is none of red and green");
  EXPECT_EQ(words_taken(*option), (std::vector<std::string>{"red", "green"}));
  EXPECT_NE(app.help().find("--colour red|green"), std::string::npos) << app.help();
}

}  // namespace
}  // namespace b3iq::cli
