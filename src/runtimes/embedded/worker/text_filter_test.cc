#include "runtimes/embedded/worker/text_filter.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace b3iq::runtimes::worker {
namespace {

struct Shown {
  std::string text;
  std::vector<std::string> pieces;
  bool stopped = false;
};

Shown show(std::vector<std::string> stops, const std::vector<std::string>& tokens) {
  TextFilter filter(std::move(stops));
  Shown shown;
  for (const auto& token : tokens) {
    std::string piece;
    shown.stopped = filter.push(token, piece);
    shown.pieces.push_back(piece);
    shown.text += piece;
    if (shown.stopped) return shown;
  }
  filter.finish(shown.text);
  return shown;
}

TEST(TextFilter, WithoutStopsPassesTokensOn) {
  Shown shown = show({}, {"The", " capital"});
  EXPECT_EQ(shown.pieces, (std::vector<std::string>{"The", " capital"}));
}

TEST(TextFilter, CutsBeforeAStopThatSpansTokens) {
  Shown shown = show({"END"}, {"abcE", "N", "Dxyz"});
  EXPECT_TRUE(shown.stopped);
  EXPECT_EQ(shown.text, "abc");
}

TEST(TextFilter, HoldsBackOnlyWhatMayBeAStop) {
  Shown shown = show({"END"}, {"abE", "x", "END"});
  EXPECT_EQ(shown.pieces[0], "ab");
  EXPECT_EQ(shown.pieces[1], "Ex");
  EXPECT_EQ(shown.text, "abEx");
}

TEST(TextFilter, TheEarliestStopWins) {
  EXPECT_EQ(show({"lazy", "fox"}, {"the quick fox is lazy"}).text, "the quick ");
}

TEST(TextFilter, ARepetitiveStopIsFound) {
  EXPECT_EQ(show({"aab"}, {"a", "a", "a", "b"}).text, "a");
}

TEST(TextFilter, NeverSplitsACharacter) {
  const std::string text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x8e\x89z";  // a é € 🎉 z
  std::vector<std::string> bytes;
  for (char c : text) bytes.emplace_back(1, c);
  Shown shown = show({"stop"}, bytes);
  EXPECT_EQ(shown.text, text);
  for (const auto& piece : shown.pieces) EXPECT_TRUE(base::valid_utf8(piece));
}

TEST(TextFilter, BrokenBytesBecomeTheReplacementCharacter) {
  EXPECT_EQ(show({}, {"a\xff", "b"}).text,
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(show({}, {"a\xe2\x82"}).text, "a\xef\xbf\xbd") << "unfinished at the end";
  EXPECT_EQ(show({}, {"\xc0\xaf"}).text, "\xef\xbf\xbd\xef\xbf\xbd") << "overlong";
  EXPECT_EQ(show({}, {"\xed\xa0\x80"}).text, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") << "surrogate";
}

TEST(TextFilter, CountsWhatItGaveOut) {
  TextFilter filter({"END"});
  std::string out;
  filter.push("abE", out);
  EXPECT_EQ(filter.released(), 2u);
  filter.push("q", out);
  EXPECT_EQ(filter.released(), 4u);
}

TEST(TextFilter, AnEmptyStopStopsNothing) { EXPECT_EQ(show({""}, {"abc"}).text, "abc"); }

}  // namespace
}  // namespace b3iq::runtimes::worker
