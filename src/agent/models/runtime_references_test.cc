#include "agent/models/runtime_references.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace b3iq::agent {
namespace {

TEST(RuntimeReferences, SayNothingOfTheNameAndStayTheSame) {
  const auto identity = protocol::NodeIdentity::generate(base::system_random());
  RuntimeReferences references(identity);
  const std::string bob(references.of("bobs-4090"));
  EXPECT_EQ(bob.size(), 3u + 16u);
  EXPECT_TRUE(bob.starts_with("rt_"));
  EXPECT_EQ(bob.find("bob"), std::string::npos);
  EXPECT_NE(bob, references.of("embedded"));
  EXPECT_EQ(RuntimeReferences(identity).of("bobs-4090"), bob);  // a restart

  const auto other = protocol::NodeIdentity::generate(base::system_random());
  EXPECT_NE(RuntimeReferences(other).of("bobs-4090"), bob);
}

}  // namespace
}  // namespace b3iq::agent
