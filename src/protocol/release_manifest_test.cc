#include "protocol/release_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/random.h"
#include "json/json.h"
#include "protocol/signed_document.h"

namespace b3iq::protocol {
namespace {

using base::ErrorCode;
using ::testing::HasSubstr;
using Members = std::map<std::string, std::string>;  // name to JSON text

constexpr std::int64_t kNow = 1'700'000'000'000;
constexpr std::string_view kHash =
    R"("abababababababababababababababababababababababababababababababab")";

class ReleaseManifestTest : public ::testing::Test {
 protected:
  // A right one, but for what `changed` says; "" leaves the member out.
  std::string text(const Members& changed = {}) const {
    Members members = {
        {"type", R"("b3iq-release-manifest-v1")"},
        {"product", R"("b3iq-host")"},
        {"version", R"("1.4.2")"},
        {"platform", R"("linux-x86_64")"},
        {"issued_at", R"("2023-11-01T00:00:00.000Z")"},
        {"expires_at", R"("2023-12-01T00:00:00.000Z")"},
        {"notes_url", R"("https://releases.example/1.4.2")"},
        {"files", R"([{"name":"a","bytes":1,"sha256":)" + std::string(kHash) + "}]"}};
    for (const auto& [name, value] : changed) members[name] = value;
    std::string out = "{";
    for (const auto& [name, value] : members) {
      if (value.empty()) continue;
      out += (out.size() > 1 ? ",\"" : "\"") + name + "\":" + value;
    }
    return out + "}";
  }
  base::Result<ReleaseManifest> read(const Members& changed = {}) const {
    const auto document = json::Document::parse(text(changed));
    EXPECT_TRUE(document.ok());
    const auto signed_one = sign_document(kReleaseManifestType, document->root(), key_);
    if (!signed_one.ok()) return signed_one.error();
    return read_release_manifest(*signed_one, key_.public_key());
  }
  const crypto::Ed25519SecretKey key_ = crypto::Ed25519SecretKey::generate(base::system_random());
};

TEST_F(ReleaseManifestTest, ReadsWhatWasSigned) {
  const auto manifest = read({{"a_later_member", "1"}});
  ASSERT_TRUE(manifest.ok()) << manifest.error().detail;
  EXPECT_EQ(manifest->product, "b3iq-host");
  EXPECT_EQ(manifest->version.text(), "1.4.2");
  EXPECT_EQ(manifest->platform, "linux-x86_64");
  EXPECT_EQ(manifest->notes_url, "https://releases.example/1.4.2");
  ASSERT_EQ(manifest->files.size(), 1u);
  EXPECT_EQ(manifest->files[0].bytes, 1);
}

TEST_F(ReleaseManifestTest, NamesTheMemberThatIsWrong) {
  for (const auto& [name, value] :
       Members{{"product", "3"},
               {"version", R"("1.4")"},
               {"platform", R"("a b")"},
               {"issued_at", R"("yesterday")"},
               {"expires_at", ""},
               {"notes_url", R"("http://releases.example/")"},
               {"files", R"([{"name":"../a","bytes":1,"sha256":)" + std::string(kHash) + "}]"}}) {
    const auto refused = read({{name, value}});
    ASSERT_FALSE(refused.ok()) << name;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_request) << name;
    EXPECT_EQ(refused.error().param, name);
  }
}

// CASES G11 129.
TEST_F(ReleaseManifestTest, G11_129_AnotherKeyAnotherTypeAndExtraBytesAreRefused) {
  const auto document = json::Document::parse(text());
  const auto whole = sign_document(kReleaseManifestType, document->root(), key_).value();
  ASSERT_TRUE(read_release_manifest(whole, key_.public_key()).ok());
  const auto stranger = crypto::Ed25519SecretKey::generate(base::system_random());
  EXPECT_EQ(read_release_manifest(whole, stranger.public_key()).error().code,
            ErrorCode::invalid_signature);
  EXPECT_EQ(read_release_manifest(text(), key_.public_key()).error().code,
            ErrorCode::invalid_signature);
  EXPECT_EQ(read_release_manifest(whole + "x", key_.public_key()).error().code,
            ErrorCode::invalid_json);
  EXPECT_EQ(
      read_release_manifest(whole.substr(0, whole.size() / 2), key_.public_key()).error().code,
      ErrorCode::invalid_json);
  EXPECT_EQ(
      read_release_manifest(std::string(kMaxReleaseManifestBytes, ' ') + whole, key_.public_key())
          .error()
          .code,
      ErrorCode::payload_too_large);
}

TEST_F(ReleaseManifestTest, G11_129_AnotherProductOrPlatformTheExpiredAndTheOlderAreRefused) {
  const auto manifest = read();
  ASSERT_TRUE(manifest.ok());
  const ReleaseReader right{"b3iq-host", "linux-x86_64", {1, 4, 2}, kNow};
  EXPECT_TRUE(check_release(*manifest, right).ok());
  const auto param_of = [&](ReleaseReader reader) {
    return check_release(*manifest, reader).error().param;
  };
  EXPECT_EQ(param_of({"b3iq-router", right.platform, right.floor, kNow}), "product");
  EXPECT_EQ(param_of({right.product, "linux-aarch64", right.floor, kNow}), "platform");
  EXPECT_EQ(param_of({right.product, right.platform, right.floor, manifest->expires_at_ms}),
            "expires_at");
  EXPECT_EQ(param_of({right.product, right.platform, {1, 4, 3}, kNow}), "version");
}

TEST(ReleaseVersion, ComparesByNumbers) {
  const auto version = [](std::string_view text) { return ReleaseVersion::parse(text).value(); };
  EXPECT_LT(version("1.9.9"), version("1.10.0"));
  EXPECT_LT(version("1.10.0"), version("2.0.0"));
  EXPECT_EQ(version("0.1.0").text(), "0.1.0");
  for (const auto* text : {"", "1", "1.2", "1.2.", "1.2.3.4", "1.2.3-rc1", " 1.2.3", "1.2.3 ",
                           "-1.2.3", "1..3", "a.b.c", "1.2.99999999999999999999"}) {
    EXPECT_FALSE(ReleaseVersion::parse(text).ok()) << text;
  }
}

}  // namespace
}  // namespace b3iq::protocol
