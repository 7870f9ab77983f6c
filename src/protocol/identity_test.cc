#include "protocol/identity.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <unordered_set>

#include "crypto/secret_file.h"
#include "protocol/vector_file.h"

namespace b3iq::protocol {
namespace {

TEST(Identity, FollowsTheVectors) {
  const auto vectors = read_vectors("node_ids.json");
  for_each_case(vectors.root().find("ed25519"), 3, [](json::Value vector) {
    const auto key = seed_of(vector);
    EXPECT_EQ(node_id_of(key.public_key()).text(), text_of(vector, "node_id"));
    EXPECT_EQ(control_plane_id_of(key.public_key()).text(), text_of(vector, "control_plane_id"));
    EXPECT_TRUE(NodeId::parse(text_of(vector, "node_id")).ok());
    EXPECT_TRUE(ControlPlaneId::parse(text_of(vector, "control_plane_id")).ok());
    EXPECT_FALSE(ControlPlaneId::parse(text_of(vector, "node_id")).ok());
  });
  for_each_case(vectors.root().find("x25519"), 2, [](json::Value vector) {
    const auto bytes = hex_of(vector, "private_key");
    const auto key =
        crypto::X25519SecretKey::from_bytes(std::span<const std::uint8_t, 32>(bytes.data(), 32));
    EXPECT_EQ(base::to_hex(key.public_key().bytes), text_of(vector, "public_key"));
    EXPECT_EQ(transport_key_id_of(key.public_key()).text(), text_of(vector, "transport_key_id"));
    EXPECT_TRUE(TransportKeyId::parse(text_of(vector, "transport_key_id")).ok());
  });
  const auto refused = vectors.root().find("refused_node_ids");
  ASSERT_GE(refused.size(), 10u);
  for (std::size_t i = 0; i < refused.size(); ++i) {
    EXPECT_FALSE(NodeId::parse(refused.at(i).string().value()).ok())
        << refused.at(i).string().value();
  }
}

TEST(Ids, RecordsHaveTheirPrefixAndAUlid) {
  const JobId job = JobId::make(1'795'253'400'123, base::system_random());
  EXPECT_TRUE(JobId::valid(job.text())) << job.text();
  EXPECT_FALSE(CommandId::valid(job.text()));
  EXPECT_EQ(JobId::parse(job.text()).value(), job);
  EXPECT_LT(job, JobId::make(1'795'253'400'124, base::system_random()));
  EXPECT_EQ(std::unordered_set<JobId>({job, job}).size(), 1u);
  const auto error = JobId::parse("job_x").error();
  EXPECT_EQ(error.code, base::ErrorCode::invalid_request);
  EXPECT_NE(error.detail.find("job id"), std::string::npos);
  EXPECT_NE(error.detail.find("job_"), std::string::npos);
}

TEST(Ids, AClientMayBringItsOwnJobName) {
  EXPECT_TRUE(ClientJobId::valid("a"));
  EXPECT_TRUE(ClientJobId::valid("My-job_2026"));
  EXPECT_TRUE(ClientJobId::valid(std::string(64, 'x')));
  for (std::string_view text : {"", "a b", "a/b", "a.b", "\xC3\xA9", "a\n"})
    EXPECT_FALSE(ClientJobId::valid(text)) << text;
  EXPECT_FALSE(ClientJobId::valid(std::string(65, 'x')));
}

class IdentityFile : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "b3iq-identity-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  std::string path() const { return directory_ + "/identity.key"; }
  std::string directory_;
};

TEST_F(IdentityFile, IsMadeOnceAndLoadedAgain) {
  auto made = NodeIdentity::create(path(), base::system_random());
  ASSERT_TRUE(made.ok()) << made.error().detail;
  auto loaded = NodeIdentity::load(path());
  ASSERT_TRUE(loaded.ok()) << loaded.error().detail;
  EXPECT_EQ(loaded->node_id(), made->node_id());
  EXPECT_TRUE(crypto::ed25519_verify(made->public_key(), base::as_bytes("m"),
                                     loaded->sign(base::as_bytes("m"))));
  EXPECT_EQ(NodeIdentity::create(path(), base::system_random()).error().code,
            base::ErrorCode::conflict);
}

TEST_F(IdentityFile, IsRefusedWhenDamagedOrOpen) {
  EXPECT_EQ(NodeIdentity::load(path()).error().code, base::ErrorCode::not_found);
  for (std::string_view text :
       {"", "b3iq-ed25519-seed-v1 ", "b3iq-ed25519-seed-v1 AAAA\n", "AAAA",
        "b3iq-ed25519-seed-v2 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"}) {
    ASSERT_TRUE(crypto::write_secret_file(path(), base::as_bytes(text)).ok());
    EXPECT_EQ(NodeIdentity::load(path()).error().code, base::ErrorCode::corrupt) << text;
  }
  ASSERT_EQ(::chmod(path().c_str(), 0644), 0);
  EXPECT_NE(NodeIdentity::load(path()).error().detail.find("chmod 600"), std::string::npos);
}

}  // namespace
}  // namespace b3iq::protocol
