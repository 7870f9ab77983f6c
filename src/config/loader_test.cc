#include <gtest/gtest.h>

#include "config/options.h"
#include "config/reference.h"

namespace b3iq::config {
namespace {

constexpr Option kOptions[] = {
    {.name = "listen",
     .type = Type::text,
     .standard = "127.0.0.1:8831",
     .example = "\"x\"",
     .help = "Where.",
     .environment = "B3IQ_LISTEN"},
    {.name = "limits.body",
     .type = Type::bytes,
     .standard = "8MiB",
     .example = "\"1MiB\"",
     .help = "Body.",
     .minimum = 1024,
     .maximum = 1 << 30},
    {.name = "limits.wait",
     .type = Type::duration_ms,
     .standard = "30s",
     .example = "\"1s\"",
     .help = "Wait.",
     .minimum = 0,
     .maximum = 60'000},
    {.name = "remote",
     .type = Type::boolean,
     .standard = "false",
     .example = "true",
     .help = "Remote."},
    {.name = "count",
     .type = Type::integer,
     .standard = "3",
     .example = "4",
     .help = "Count.",
     .minimum = 1,
     .maximum = 9},
    {.name = "level",
     .type = Type::choice,
     .standard = "info",
     .example = "\"debug\"",
     .help = "Level.",
     .choices = "debug|info"},
    {.name = "hosts",
     .type = Type::text_list,
     .standard = "",
     .example = "[\"a\"]",
     .help = "Hosts."},
    {.name = "token",
     .type = Type::text,
     .standard = "",
     .example = "\"…\"",
     .help = "Token.",
     .secret = true},
};
constexpr Section kSections[] = {{"runtimes", "[]", "Runtimes."}};
constexpr Table kTable{kOptions, kSections};

base::Result<Values> load_file(std::string_view text) {
  return load(kTable, text, "config.json", {}, {});
}

TEST(Loader, StandardValues) {
  const auto values = load_file("");
  ASSERT_TRUE(values.ok());
  EXPECT_EQ(values->text("listen"), "127.0.0.1:8831");
  EXPECT_EQ(values->integer("limits.body"), 8 * 1024 * 1024);
  EXPECT_EQ(values->integer("limits.wait"), 30'000);
  EXPECT_FALSE(values->boolean("remote"));
  EXPECT_EQ(values->origin("listen"), Origin::standard);
  EXPECT_FALSE(values->section("runtimes"));
}

TEST(Loader, SourcesByPrecedence) {
  const std::string_view file =
      R"({"listen":"file","limits":{"wait":"5s","body":2048},"hosts":["a","b"],"remote":true})";
  const auto from_file = load(kTable, file, "config.json", {}, {});
  ASSERT_TRUE(from_file.ok()) << from_file.error().detail;
  EXPECT_EQ(from_file->text("listen"), "file");
  EXPECT_EQ(from_file->integer("limits.wait"), 5000);
  EXPECT_EQ(from_file->integer("limits.body"), 2048);
  EXPECT_EQ(from_file->list("hosts"), (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(from_file->boolean("remote"));
  EXPECT_EQ(from_file->origin("hosts"), Origin::file);
  const auto from_variable = load(kTable, file, "config.json", {{"B3IQ_LISTEN", "variable"}}, {});
  EXPECT_EQ(from_variable->text("listen"), "variable");
  EXPECT_EQ(from_variable->origin("listen"), Origin::environment);
  const auto from_flag =
      load(kTable, file, "config.json", {{"B3IQ_LISTEN", "variable"}}, {{"listen", "flag"}});
  EXPECT_EQ(from_flag->text("listen"), "flag");
  EXPECT_EQ(from_flag->origin("listen"), Origin::flag);
}

TEST(Loader, UnknownKeysStopTheStartAndNameTheNearest) {
  const auto typo = load_file(R"({"lisen":"x"})");
  ASSERT_FALSE(typo.ok());
  EXPECT_EQ(typo.error().code, base::ErrorCode::config_invalid);
  EXPECT_NE(typo.error().detail.find("Did you mean 'listen'"), std::string::npos)
      << typo.error().detail;
  EXPECT_NE(load_file(R"({"limits":{"bodi":1}})").error().detail.find("limits.body"),
            std::string::npos);
  EXPECT_FALSE(load_file(R"({"entirely_different_name":1})").ok());
}

TEST(Loader, BadValuesNameTheKeyAndWhatIsAllowed) {
  for (const auto* text :
       {R"({"remote":1})", R"({"remote":"true"})", R"({"count":0})", R"({"count":10})",
        R"({"count":"3"})", R"({"count":1.5})", R"({"limits":{"body":"8MB"}})",
        R"({"limits":{"wait":"2m"}})", R"({"limits":3})", R"({"level":"loud"})", R"({"hosts":"a"})",
        R"({"hosts":[1]})", R"({"listen":null})", R"([])", R"({"listen":"a","listen":"b"})", "{"}) {
    const auto values = load_file(text);
    ASSERT_FALSE(values.ok()) << text;
    EXPECT_EQ(values.error().code, base::ErrorCode::config_invalid);
    EXPECT_NE(values.error().detail.find("config.json"), std::string::npos)
        << values.error().detail;
  }
  EXPECT_NE(load_file(R"({"count":10})").error().detail.find("from 1 to 9"), std::string::npos);
}

TEST(Loader, SectionsComeBackAsJson) {
  const auto values = load_file(R"({"runtimes":[{"id":"a"}]})");
  ASSERT_TRUE(values.ok());
  EXPECT_EQ(values->section("runtimes").at(0).find("id").string(), "a");
}

TEST(Reference, NamesEveryOption) {
  const auto page = reference_page(kTable, "Options");
  for (const auto& option : kOptions)
    EXPECT_NE(page.find("`" + std::string(option.name) + "`"), std::string::npos);
  EXPECT_NE(page.find("never printed"), std::string::npos);
  EXPECT_NE(page.find("1024 to 1073741824 bytes"), std::string::npos);
}

}  // namespace
}  // namespace b3iq::config
