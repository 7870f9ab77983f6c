// The ring of the last requests: order, bounds, what a flood of refusals can do, and that an entry
// takes no memory once the ring is warm.
#include "agent/request_log/request_log.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <malloc.h>

namespace b3iq::agent {
namespace {

using base::ErrorCode;

class RequestLogTest : public ::testing::Test {
 protected:
  static CallFacts call(std::string_view id, std::string_view account = "key_a") {
    CallFacts facts;
    facts.id = id;
    facts.operation = logged_operation("/v1/chat/completions");
    facts.account = account;
    facts.model = "m";
    return facts;
  }
  static CallFacts refusal(ErrorCode code, std::string_view account, std::int64_t at_ms) {
    auto facts = call("", account);
    facts.error = code;
    facts.outcome = CallOutcome::error;
    facts.status = base::error_info(code).http_status;
    facts.at_ms = at_ms;
    return facts;
  }
  static std::vector<std::string> ids(const std::vector<const LoggedRequest*>& entries) {
    std::vector<std::string> out;
    for (const auto* entry : entries) out.emplace_back(entry->id());
    return out;
  }
  static std::vector<const LoggedRequest*> all(const RequestLog& log) {
    RequestLog::Query query;
    query.limit = 1'000'000;
    return log.list(query);
  }
};

TEST_F(RequestLogTest, KeepsTheLastOnesNewestFirst) {
  RequestLog log(8, base::system_random());
  for (int i = 0; i < 20; ++i) log.add_call(call(fmt::format("call-{}", i)), nullptr);
  EXPECT_EQ(log.max_kept(), 8u);
  // Two of the eight places are for refusals.
  EXPECT_EQ(ids(all(log)), (std::vector<std::string>{"call-19", "call-18", "call-17", "call-16",
                                                     "call-15", "call-14"}));
  EXPECT_EQ(log.find("call-3"), nullptr);
  ASSERT_NE(log.find("call-15"), nullptr);
}

TEST_F(RequestLogTest, PagesAndFilters) {
  RequestLog log(1'000, base::system_random());
  for (int i = 0; i < 100; ++i)
    log.add_call(call(fmt::format("call-{}", i), i % 2 ? "key_a" : "key_b"), nullptr);
  log.add_refusal(refusal(ErrorCode::rate_limited, "key_a", 1));
  RequestLog::Query query;
  query.limit = 10;
  query.account = "key_a";
  const auto first = log.list(query);
  ASSERT_EQ(first.size(), 10u);
  EXPECT_EQ(first[0]->error, ErrorCode::rate_limited);
  EXPECT_EQ(first[1]->id(), "call-99");
  query.before_seq = first.back()->seq;
  EXPECT_EQ(log.list(query).front()->id(), "call-81");
  query = {};
  query.outcome = CallOutcome::error;
  EXPECT_EQ(log.list(query).size(), 1u);
  query = {};
  query.model = "another";
  EXPECT_TRUE(log.list(query).empty());
}

TEST_F(RequestLogTest, AFloodOfRefusalsPushesOutNoCallAndIsCounted) {
  RequestLog log(40, base::system_random());
  for (int i = 0; i < 30; ++i) log.add_call(call(fmt::format("call-{}", i)), nullptr);
  for (int i = 0; i < 100'000; ++i) log.add_refusal(refusal(ErrorCode::unauthorized, "", i / 10));
  ASSERT_EQ(log.kept(), 31u);
  const auto* flood = all(log).front();
  EXPECT_EQ(flood->count, 100'000);
  EXPECT_EQ(flood->last_at_ms, 9'999);
  // Many accounts and codes fill their own part only.
  for (int i = 0; i < 1'000; ++i)
    log.add_refusal(refusal(ErrorCode::rate_limited, fmt::format("key_{}", i), 10'000));
  EXPECT_EQ(log.kept(), 40u);
  EXPECT_NE(log.find("call-0"), nullptr);
}

TEST_F(RequestLogTest, RefusalsAMinuteApartAreEntriesOfTheirOwn) {
  RequestLog log(40, base::system_random());
  log.add_refusal(refusal(ErrorCode::unauthorized, "", 0));
  log.add_refusal(refusal(ErrorCode::unauthorized, "", kCoalesceMs - 1));
  log.add_refusal(refusal(ErrorCode::unauthorized, "", kCoalesceMs));
  // A clock that was set back.
  log.add_refusal(refusal(ErrorCode::unauthorized, "", 5));
  const auto entries = all(log);
  ASSERT_EQ(entries.size(), 3u);
  EXPECT_EQ(entries.back()->count, 2);
}

TEST_F(RequestLogTest, KeepsNothingWhenThereIsNoRoom) {
  RequestLog log(0, base::system_random());
  log.add_call(call("call"), nullptr);
  log.add_refusal(refusal(ErrorCode::unauthorized, "", 0));
  EXPECT_EQ(log.kept(), 0u);
  EXPECT_TRUE(all(log).empty());
}

TEST_F(RequestLogTest, LongTextsAreCutBetweenCharacters) {
  RequestLog log(8, base::system_random());
  auto facts = call("call");
  const std::string model = std::string(kLoggedModelBytes - 1, 'a') + "ü";
  facts.model = model;
  log.add_call(facts, nullptr);
  EXPECT_EQ(all(log).front()->model(), std::string(kLoggedModelBytes - 1, 'a'));
}

TEST_F(RequestLogTest, AWarmRingTakesNoMemory) {
#if defined(__SANITIZE_ADDRESS__) || (defined(__has_feature) && __has_feature(address_sanitizer))
  GTEST_SKIP() << "mallinfo tells nothing here";
#endif
  RequestLog log(2'000, base::system_random());
  for (int i = 0; i < 2'000; ++i) log.add_call(call("01ARZ3NDEKTSV4RRFFQ69G5FAV"), nullptr);
  const auto before = ::mallinfo2().uordblks;
  for (int i = 0; i < 100'000; ++i) log.add_call(call("01ARZ3NDEKTSV4RRFFQ69G5FAV"), nullptr);
  EXPECT_EQ(::mallinfo2().uordblks, before);
}

TEST_F(RequestLogTest, ContentIsTakenOnlyWhileItIsOn) {
  RequestLog log(8, base::system_random());
  EXPECT_EQ(log.content().begin("body"), nullptr);
  log.content().turn_on();
  auto content = log.content().begin("body");
  ASSERT_NE(content, nullptr);
  content->add_answer("ans");
  content->add_answer("wer");
  log.add_call(call("call"), std::move(content));
  const auto* kept = log.content().find(log.find("call")->seq);
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->request(), "body");
  EXPECT_EQ(kept->answer(), "answer");
  EXPECT_FALSE(kept->truncated());
  // It goes with its entry.
  for (int i = 0; i < 6; ++i) log.add_call(call("next"), nullptr);
  EXPECT_EQ(log.content().count(), 0u);
  EXPECT_EQ(log.content().bytes(), 0u);
}

TEST_F(RequestLogTest, ContentIsBoundedByTheTextAndInAll) {
  RequestLog log(4'000, base::system_random());
  log.content().turn_on();
  const std::string large(kMaxKeptText + 1, 'x');
  const std::size_t fit = kMaxKeptContent / kMaxKeptText;
  for (std::size_t i = 0; i < fit + 10; ++i)
    log.add_call(call(fmt::format("call-{}", i)), log.content().begin(large));
  EXPECT_EQ(log.content().count(), fit);
  EXPECT_LE(log.content().bytes(), kMaxKeptContent);
  const auto* kept = log.content().find(log.find(fmt::format("call-{}", fit + 9))->seq);
  ASSERT_NE(kept, nullptr);
  EXPECT_TRUE(kept->truncated());
  EXPECT_EQ(kept->request().size(), kMaxKeptText);
}

TEST_F(RequestLogTest, TurningOffWipesWhatIsKeptAndWhatIsGathered) {
  RequestLog log(8, base::system_random());
  log.content().turn_on();
  auto running = log.content().begin("the question");
  log.add_call(call("ended"), log.content().begin("another"));
  log.content().turn_off();
  EXPECT_EQ(log.content().count(), 0u);
  EXPECT_EQ(running->bytes(), 0u);
  // Nor does turning it on again bring it back.
  log.content().turn_on();
  running->add_answer("late");
  EXPECT_EQ(running->bytes(), 0u);
  log.add_call(call("running"), std::move(running));
  EXPECT_EQ(log.content().count(), 0u);
}

}  // namespace
}  // namespace b3iq::agent
