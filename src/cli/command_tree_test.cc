#include "cli/command_tree.h"

#include <gtest/gtest.h>

namespace b3iq::cli {
namespace {

CommandNode tree() {
  return {"tool",
          "a tool",
          {{"--home", "DIR", "Where"}},
          {{"keys",
            "Keys",
            {},
            {{"create", "Makes the owner's key", {{"--name", "TEXT", "A name"}}, {}}}},
           {"show", "Shows", {{"", "hash", "Which"}, {"--json", "", "JSON"}}, {}},
           {"pick", "Picks", {{"", "one", "Which", {"left", "right"}}}, {}},
           {"turn", "Turns", {{"--to", "up|down", "Where to", {"up", "down"}}}, {}}}};
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(CommandTree, BashKnowsEachCommandsWords) {
  const auto script = bash_completion(tree());
  EXPECT_TRUE(has(script, "\"\") words=\"keys show pick turn --home --help\" ;;")) << script;
  EXPECT_TRUE(has(script, "\"keys create\") words=\"--name --help\" ;;")) << script;
  EXPECT_TRUE(has(script, "--home|--name|--to")) << "flags that take a value";
}

TEST(CommandTree, AnArgumentIsAFileOrOneOfItsChoices) {
  const auto script = bash_completion(tree());
  EXPECT_TRUE(has(script, "\"show\") words=\"--json --help\" files=yes ;;")) << script;
  EXPECT_TRUE(has(script, "\"pick\") words=\"left right --help\" ;;")) << script;
  EXPECT_TRUE(has(zsh_completion(tree()), "'left:Which' 'right:Which'"));
  EXPECT_TRUE(has(fish_completion(tree()), "-n '__tool_at pick' -a left -d 'Which'"));
  EXPECT_TRUE(has(fish_completion(tree()), "-n '__tool_at show' -F"));
}

TEST(CommandTree, AValueThatIsOneOfAFewWordsIsOffered) {
  EXPECT_TRUE(has(bash_completion(tree()), "    --to) words=\"up down\" ;;\n    --home|"));
  EXPECT_TRUE(has(zsh_completion(tree()), "(--to) compadd -- up down; return ;;"));
  EXPECT_TRUE(has(fish_completion(tree()), "-n '__tool_at turn' -l to -r -f -a 'up down'"));
}

TEST(CommandTree, QuotesInHelpDoNotEndAString) {
  EXPECT_TRUE(has(zsh_completion(tree()), R"('create:Makes the owner'\''s key')"));
  EXPECT_TRUE(has(fish_completion(tree()), R"(-a create -d 'Makes the owner'\''s key')"));
}

TEST(CommandTree, FishOffersAnOptionWhereItBelongs) {
  EXPECT_TRUE(has(fish_completion(tree()), "-n '__tool_at keys create' -l name -r -F -d 'A name'"));
}

TEST(CommandTree, TheManualListsCommandsThatDoSomething) {
  const auto page = manual_page(tree(), {"1.0", "0 done.\n", ".SH FILES\nnone\n"});
  EXPECT_TRUE(page.starts_with(".TH TOOL 1")) << page;
  EXPECT_TRUE(page.ends_with(".SH EXIT STATUS\n0 done.\n.SH FILES\nnone\n")) << page;
  EXPECT_TRUE(has(page, ".SS \"keys create\"")) << page;
  EXPECT_FALSE(has(page, ".SS \"keys\"\n"));
  EXPECT_TRUE(has(page, ".SS \"show \\fIhash\\fR\"")) << page;
  EXPECT_TRUE(has(page, "\\fB\\-\\-name\\fR \\fITEXT\\fR\nA name")) << page;
}

}  // namespace
}  // namespace b3iq::cli
