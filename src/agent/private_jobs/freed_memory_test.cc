// Of a streamed answer nothing is left in memory that was given back: every block is looked at when
// it is freed.
#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "agent/private_jobs/private_jobs_fixture.h"
#include "crypto/secret_text.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define B3_OWN_ALLOCATOR 1  // ThreadSanitizer brings its own operator new
#endif
#endif

namespace {

// As an event of a stream has it, and nothing else that a node makes.
constexpr std::string_view kSaid = R"("delta":{"content":"MARKER-SAID)";
std::atomic<bool> watching = false;
std::atomic<int> found = 0;

#ifndef B3_OWN_ALLOCATOR
void look(void* memory) {
  if (!watching.load(std::memory_order_relaxed) || memory == nullptr) return;
  const auto size = malloc_usable_size(memory);
  if (memmem(memory, size, kSaid.data(), kSaid.size()) != nullptr) ++found;
}
void give_back(void* memory) {
  look(memory);
  std::free(memory);
}
#endif

}  // namespace

#ifndef B3_OWN_ALLOCATOR
void* operator new(std::size_t size) {
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void* operator new[](std::size_t size) { return operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return std::malloc(size); }
void operator delete(void* memory) noexcept { give_back(memory); }
void operator delete[](void* memory) noexcept { give_back(memory); }
void operator delete(void* memory, std::size_t) noexcept { give_back(memory); }
void operator delete[](void* memory, std::size_t) noexcept { give_back(memory); }
#endif

namespace b3iq::agent {
namespace {

class FreedMemoryTest : public PrivateJobsFixture {
 protected:
  void SetUp() override {
#ifdef B3_OWN_ALLOCATOR
    GTEST_SKIP() << "what is freed cannot be looked at here";
#endif
    found = 0;
    watching = true;
  }
  void TearDown() override { watching = false; }
};

// The search finds what is there.
TEST_F(FreedMemoryTest, APlantedTextIsFound) {
  {
    const std::string planted = "xx" + std::string(kSaid);
    EXPECT_EQ(planted.find(kSaid), 2u);
  }
  EXPECT_GT(found.load(), 0);
}

// G12-134.
TEST_F(FreedMemoryTest, G12_134_ATextThatGrowsLeavesNothingBehind) {
  {
    crypto::SecretText text;
    for (int i = 0; i < 10'000; ++i) text.append(kSaid);
    EXPECT_EQ(text.size(), 10'000 * kSaid.size());
    text.clear();
    text.append("x");
    EXPECT_EQ(text.view(), "x");
  }
  EXPECT_EQ(found.load(), 0);
}

// G12-134. Larger than any room that is kept for it, and more than one piece waits.
TEST_F(FreedMemoryTest, G12_134_AStreamedAnswerLeavesNoneOfItsEventsBehind) {
  join({"private_inference"});
  const std::string said = "MARKER-SAID" + std::string(30'000, '\x01');
  runtime_.pieces = {said, "MARKER-SAID", said, said, "MARKER-SAID"};
  runtime_.holds_at = 0;
  const auto job = seal(chat("hello", R"(,"stream":true)"));
  control_->command(job.arguments);
  ASSERT_TRUE(reach([this] { return runtime_.holding; }, 100));
  control_->hanging_route = "frames";
  runtime_.holds_at.reset();
  ASSERT_TRUE(reach([this] { return control_->seen["frames"] > 0; }));
  ASSERT_TRUE(reach([this] { return metrics_.chats(inference::Finish::stop).value() > 0; }));
  control_->hanging_route.clear();
  ASSERT_TRUE(brought(1));
  EXPECT_EQ(stream_metrics_.streams(StreamEnd::brought).value(), 1);
  EXPECT_EQ(found.load(), 0);
}

}  // namespace
}  // namespace b3iq::agent
