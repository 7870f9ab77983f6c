// A NATS that knows its users by JWT and nkey, as operators of larger ones have it.
#include <gtest/gtest.h>

#include <filesystem>

#include "base/bytes.h"
#include "control/wake/wake_fixture.h"
#include "crypto/ed25519.h"
#include "crypto/secret_file.h"

namespace b3iq::control {
namespace {

using namespace fixture;

// Kinds of nkeys: the first byte, of which base32 makes O, A and U.
constexpr std::uint8_t kOperator = 14 << 3;
constexpr std::uint8_t kAccount = 0;
constexpr std::uint8_t kUser = 20 << 3;
constexpr std::uint8_t kSeed = 18 << 3;

// CRC-16/XMODEM, low byte first, behind the bytes; base32 of all, in upper case.
std::string nkey_text(std::vector<std::uint8_t> bytes) {
  std::uint16_t crc = 0;
  for (const auto byte : bytes) {
    crc = static_cast<std::uint16_t>(crc ^ (byte << 8));
    for (int bit = 0; bit < 8; ++bit)
      crc = static_cast<std::uint16_t>((crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
  }
  bytes.push_back(static_cast<std::uint8_t>(crc & 0xFF));
  bytes.push_back(static_cast<std::uint8_t>(crc >> 8));
  auto text = base::to_base32(bytes);
  for (auto& c : text) c = static_cast<char>(c >= 'a' ? c - 'a' + 'A' : c);
  return text;
}

struct Nkey {
  explicit Nkey(std::uint8_t of) : kind(of) {}
  std::uint8_t kind;
  crypto::Ed25519SecretKey key = crypto::Ed25519SecretKey::generate(base::system_random());

  std::string name() const {
    std::vector<std::uint8_t> bytes{kind};
    const auto& raw = key.public_key().bytes;
    bytes.insert(bytes.end(), raw.begin(), raw.end());
    return nkey_text(std::move(bytes));
  }
  std::string seed() const {
    std::vector<std::uint8_t> bytes{static_cast<std::uint8_t>(kSeed | kind >> 5),
                                    static_cast<std::uint8_t>((kind & 31) << 3)};
    const auto raw = key.seed();
    bytes.insert(bytes.end(), raw.begin(), raw.end());
    return nkey_text(std::move(bytes));
  }
  // Says `nats` of `subject`.
  std::string jwt(const std::string& subject, const std::string& nats) const {
    const auto text = [](std::string_view json) {
      return base::to_base64url(base::as_bytes(json));
    };
    const auto body =
        text(R"({"typ":"JWT","alg":"ed25519-nkey"})") + "." +
        text(R"({"jti":"test","iat":1700000000,"iss":")" + name() + R"(","name":"b3iq",)" +
             R"("sub":")" + subject + R"(","nats":{)" + nats + R"(,"version":2}})");
    return body + "." + base::to_base64url(key.sign(base::as_bytes(body)).bytes);
  }
};

TEST(NatsJwt, ACredentialsFileWithJwtAndSeed) {
  B3_NEEDS_NATS();
  const Nkey op(kOperator);
  const Nkey account(kAccount);
  const Nkey user(kUser);
  const Nkey stranger(kUser);
  const auto account_jwt = op.jwt(
      account.name(),
      R"("type":"account","limits":{"subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,)"
      R"("wildcards":true,"conn":-1,"leaf":-1},"default_permissions":{"pub":{},"sub":{}})");
  const auto user_jwt = account.jwt(
      user.name(), R"("type":"user","pub":{},"sub":{},"subs":-1,"data":-1,"payload":-1)");
  auto started = TestNats::start_new(
      {.configuration = "operator: \"" + op.jwt(op.name(), R"("type":"operator")") +
                        "\"\nresolver: MEMORY\nresolver_preload: {\n " + account.name() + ": \"" +
                        account_jwt + "\"\n}"});
  ASSERT_TRUE(started.ok()) << started.error().detail;
  const auto& server = *started;

  auto settings = settings_for({server->port()});
  settings.credentials_file = server->folder() + "/user.creds";
  const auto credentials = [&](const Nkey& of) {
    const auto text = "-----BEGIN NATS USER JWT-----\n" + user_jwt +
                      "\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n" +
                      of.seed() + "\n------END USER NKEY SEED------\n";
    EXPECT_TRUE(crypto::write_secret_file(settings.credentials_file, base::as_bytes(text)).ok());
  };
  credentials(stranger);  // the right JWT, and not its key
  Replica a(settings);
  EXPECT_TRUE(eventually([&] { return a.degraded().find("uthorization") != std::string::npos; }))
      << a.degraded();
  EXPECT_FALSE(a.connected());
  credentials(user);
  Replica b(settings);
  ASSERT_TRUE(a.connects() && b.connects()) << a.degraded() << server->log();
  a.announce(node_id(1));
  EXPECT_TRUE(eventually([&] { return b.polls().times(node_id(1)) == 1; }));
}

}  // namespace
}  // namespace b3iq::control
