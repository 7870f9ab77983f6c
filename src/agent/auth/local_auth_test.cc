#include "agent/auth/local_auth.h"

#include <gtest/gtest.h>

namespace b3iq::agent {
namespace {

base::Result<std::string_view> secret_of(std::vector<http::HeaderView> headers) {
  http::Request request;
  request.headers = std::move(headers);
  return bearer_token(request);
}

TEST(BearerToken, AnAuthorizationIsReadAlone) {
  EXPECT_EQ(*secret_of({{"Authorization", "Bearer a"}}), "a");
  EXPECT_EQ(*secret_of({{"authorization", "bearer   a"}}), "a");
  EXPECT_EQ(*secret_of({{"x-api-key", "b"}, {"Authorization", "Bearer a"}}), "a");
}

TEST(BearerToken, AnApiKeyCountsOnlyWhereThereIsNoAuthorization) {
  EXPECT_EQ(*secret_of({{"X-Api-Key", "b"}}), "b");
  for (const std::string_view other : {"", "Basic b", "Bearer", "b"}) {
    EXPECT_FALSE(secret_of({{"x-api-key", "b"}, {"Authorization", other}}).ok()) << other;
  }
}

TEST(BearerToken, WithoutEitherBothAreNamed) {
  for (const auto& refused : {secret_of({}), secret_of({{"x-api-key", ""}})}) {
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, base::ErrorCode::unauthorized);
    EXPECT_NE(refused.error().detail.find("Authorization: Bearer"), std::string::npos);
    EXPECT_NE(refused.error().detail.find("x-api-key"), std::string::npos);
  }
}

}  // namespace
}  // namespace b3iq::agent
