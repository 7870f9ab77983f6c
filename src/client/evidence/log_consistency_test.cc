#include "client/evidence/log_consistency.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "client/testing/command_run.h"
#include "protocol/transparency/receipt_log_entry.h"
#include "protocol/transparency/tree_of_leaves.h"

namespace b3iq::client {
namespace {

using base::ErrorCode;
using protocol::Tile;

crypto::Sha256Digest receipt_hash(std::uint64_t i) {
  return crypto::sha256("receipt " + std::to_string(i));
}

// A log of `size` receipts, with its tiles.
struct Log {
  protocol::TreeOfLeaves tree;
  crypto::Ed25519SecretKey key = crypto::Ed25519SecretKey::generate(base::system_random());
  protocol::NoteVerifier verifier = protocol::receipt_log_verifier(
      protocol::control_plane_id_of(key.public_key()), key.public_key());

  explicit Log(std::uint64_t size) {
    for (std::uint64_t i = 0; i < size; ++i) tree.add(protocol::receipt_leaf_hash(receipt_hash(i)));
  }
  protocol::Checkpoint at(std::uint64_t size) const { return {verifier.name, tree.head(size)}; }
  std::string note(std::uint64_t size) const { return protocol::sign_checkpoint(at(size), key); }
  std::string bytes(const Tile& tile) const {
    std::string out;
    for (int i = 0; i < tile.width; ++i) {
      const protocol::Subtree subtree{
          tile.level * protocol::kTileHeight,
          tile.index * protocol::kTileWidth + static_cast<std::uint64_t>(i)};
      out += base::as_text(tree.subtree(subtree));
    }
    return out;
  }
  TileSource source() const {
    return [this](const Tile& tile) -> base::Result<std::string> { return bytes(tile); };
  }
};

TEST(LogConsistency, ALogThatGrewIsAccepted) {
  const Log log(700);
  for (const std::uint64_t older : {0, 1, 2, 3, 7, 255, 256, 257, 511, 512, 699, 700}) {
    const auto grew = check_log_grew(log.at(older), log.at(700), log.source());
    EXPECT_TRUE(grew.ok()) << older << ": " << grew.error().detail;
  }
}

TEST(LogConsistency, AnotherLogIsFound) {
  const Log log(700);
  auto other = log.at(300);
  other.head.root[0] ^= 1;
  EXPECT_EQ(check_log_grew(other, log.at(700), log.source()).error().code,
            ErrorCode::invalid_signature);
  EXPECT_NE(check_log_grew(log.at(700), log.at(300), log.source()).error().detail.find("SHRANK"),
            std::string::npos);
  const auto bent = [&](const Tile& tile) -> base::Result<std::string> {
    auto bytes = log.bytes(tile);
    for (auto& byte : bytes) byte = static_cast<char>(byte ^ 1);
    return bytes;
  };
  EXPECT_FALSE(check_log_grew(log.at(300), log.at(700), bent).ok());
  const auto cut = [&](const Tile& tile) -> base::Result<std::string> {
    return log.bytes(tile).substr(1);
  };
  EXPECT_EQ(check_log_grew(log.at(300), log.at(700), cut).error().code, ErrorCode::invalid_request);
}

class VerifyLog : public ::testing::Test {
 protected:
  testing::Ended verify(std::vector<std::string> more) const {
    std::vector<std::string> words = {"verify", "log", "--json", "--home", folder_.path("home")};
    words.insert(words.end(), more.begin(), more.end());
    return testing::run_b3iq(words);
  }
  testing::TestFolder folder_;
};

TEST_F(VerifyLog, CheckpointsAndWhatLiesBetweenThem) {
  const Log log(700);
  const auto key = protocol::encode_note_verifier(log.verifier);
  folder_.write("new", log.note(700));
  folder_.write("old", log.note(300));
  for (const auto& tile : consistency_tiles(300, 700)) {
    const auto name = protocol::tile_path({protocol::TileKind::hashes, tile});
    std::filesystem::create_directories(std::filesystem::path(folder_.path(name)).parent_path());
    folder_.write(name, log.bytes(tile));
  }
  const auto good = verify({"--log-key", key, "--checkpoint", folder_.path("new"), "--older",
                            folder_.path("old"), "--tiles", folder_.root});
  EXPECT_EQ(good.code, 0) << good.error;
  EXPECT_NE(good.out.find("\"grown_from\":300"), std::string::npos) << good.out;
  const auto shrunk = verify({"--log-key", key, "--checkpoint", folder_.path("old"), "--older",
                              folder_.path("new"), "--tiles", folder_.root});
  EXPECT_EQ(shrunk.code, 4) << shrunk.out;
  const auto wrong_key = verify({"--log-key", protocol::encode_note_verifier(Log(1).verifier),
                                 "--checkpoint", folder_.path("new")});
  EXPECT_EQ(wrong_key.code, 4) << wrong_key.out;
  EXPECT_EQ(verify({"--log-key", key}).code, 1);
}

TEST_F(VerifyLog, AReceiptThatIsInTheLog) {
  const auto node = protocol::NodeIdentity::generate(base::system_random());
  protocol::Receipt receipt;
  receipt.node_id = node.node_id();
  receipt.job_id = protocol::JobId::make(1'795'253'400'123, base::system_random());
  receipt.model_id = receipt.model_profile_id = "m";
  receipt.runtime_kind = "embedded";
  const auto encoded = protocol::encode_receipt(receipt);
  Log log(5);
  log.tree.add(protocol::receipt_leaf_hash(encoded.hash));
  log.tree.add(protocol::receipt_leaf_hash(receipt_hash(6)));
  const auto key = protocol::encode_note_verifier(log.verifier);
  folder_.write("receipt", protocol::sign_encoded_receipt(encoded.document, node));
  folder_.write("proof", protocol::encode_log_proof({5, log.tree.inclusion(5, 7), log.note(7)}));
  folder_.write("wrong", protocol::encode_log_proof({4, log.tree.inclusion(4, 7), log.note(7)}));
  const auto good = verify(
      {"--log-key", key, "--receipt", folder_.path("receipt"), "--proof", folder_.path("proof")});
  EXPECT_EQ(good.code, 0) << good.error;
  EXPECT_NE(good.out.find("\"index\":5"), std::string::npos) << good.out;
  const auto wrong = verify(
      {"--log-key", key, "--receipt", folder_.path("receipt"), "--proof", folder_.path("wrong")});
  EXPECT_EQ(wrong.code, 4) << wrong.out;
}

}  // namespace
}  // namespace b3iq::client
