#include "agent/support/bundle_check.h"

#include <gtest/gtest.h>

#include "agent/support/bundle_index.h"
#include "agent/support/tar_reader.h"
#include "agent/support/tar_writer.h"
#include "base/random.h"
#include "crypto/sha256.h"
#include "json/json.h"
#include "protocol/signed_document.h"

namespace b3iq::agent {
namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

std::string archive_of(const Files& files) {
  std::string archive;
  for (const auto& [name, content] : files)
    append_tar_file(archive, "bundle/" + name, content, 1'700'000'000);
  end_tar(archive);
  return archive;
}

class BundleCheckTest : public ::testing::Test {
 protected:
  BundleCheckTest()
      : identity_(protocol::NodeIdentity::generate(base::system_random())),
        files_{{"a.json", "{}\n"}, {"b.txt", std::string(700, 'b')}, {"empty", ""}} {
    std::vector<IndexedPart> parts;
    for (const auto& [name, content] : files_) parts.push_back(indexed_part(name, content));
    files_.emplace_back("index.json", make_bundle_index(parts, 1'700'000'000'000, identity_));
  }
  // What check_bundle says of these files.
  static std::string problem(const Files& files, std::string_view node = "") {
    const auto verdict = check_bundle(archive_of(files), node);
    return verdict.holds() ? "" : verdict.problems.front();
  }

  protocol::NodeIdentity identity_;
  Files files_;
};

TEST_F(BundleCheckTest, WhatTheNodePutTogetherHolds) {
  const auto verdict = check_bundle(archive_of(files_), identity_.node_id().text());
  EXPECT_TRUE(verdict.holds()) << verdict.problems.front();
  EXPECT_EQ(verdict.node_id, identity_.node_id().text());
  EXPECT_EQ(verdict.made_at, "2023-11-14T22:13:20.000Z");
  EXPECT_EQ(verdict.parts, 3u);
}

TEST_F(BundleCheckTest, AChangedPartIsNamed) {
  for (std::size_t i = 0; i < 2; ++i) {
    auto files = files_;
    files[i].second.front() = '!';
    EXPECT_TRUE(problem(files).starts_with(files[i].first + " was changed")) << problem(files);
  }
  auto longer = files_;
  longer[2].second = "more";
  EXPECT_TRUE(problem(longer).starts_with("empty was changed"));
}

TEST_F(BundleCheckTest, AMissingAStrangeAndADoublePartAreNamed) {
  auto missing = files_;
  missing.erase(missing.begin());
  EXPECT_EQ(problem(missing), "a.json is in the index and not in the bundle.");
  auto strange = files_;
  strange.emplace_back("evil.sh", "echo");
  EXPECT_EQ(problem(strange), "evil.sh is in the bundle and not in the index.");
  auto twice = files_;
  twice.push_back(files_.front());
  EXPECT_EQ(problem(twice), "a.json is in the bundle more than once.");
}

TEST_F(BundleCheckTest, WithoutAnIndexNothingIsSigned) {
  auto files = files_;
  files.pop_back();
  EXPECT_NE(problem(files).find("no index.json"), std::string::npos);
  files.emplace_back("index.json", R"({"missing":"file_failed"})");
  EXPECT_NE(problem(files).find("could not be read"), std::string::npos);
  files.back().second = "{";
  EXPECT_FALSE(problem(files).empty());
}

TEST_F(BundleCheckTest, G4_44_AnIndexIsNothingElseAndNothingElseIsAnIndex) {
  // The same members as another kind of document, signed by the same node.
  auto text = files_.back().second;
  const auto at = text.find(kBundleIndexType);
  text.replace(at, kBundleIndexType.size(), "b3iq-receipt-v1");
  const auto document = json::Document::parse(text);
  auto files = files_;
  files.back().second =
      protocol::sign_document("b3iq-receipt-v1", document->root(), identity_).value();
  EXPECT_NE(problem(files).find("another type"), std::string::npos);
  // Its type changed back: the signature was made for the other one.
  auto& forged = files.back().second;
  forged.replace(forged.find("b3iq-receipt-v1"), 15, kBundleIndexType);
  EXPECT_NE(problem(files).find("does not verify"), std::string::npos);
}

TEST_F(BundleCheckTest, ASignatureOfAnotherNodeIsNotThisOnes) {
  const auto other = protocol::NodeIdentity::generate(base::system_random());
  std::vector<IndexedPart> parts;
  for (std::size_t i = 0; i + 1 < files_.size(); ++i)
    parts.push_back(indexed_part(files_[i].first, files_[i].second));
  auto files = files_;
  files.back().second = make_bundle_index(parts, 1, other);
  EXPECT_EQ(problem(files), "") << "whose it is stands in the verdict";
  EXPECT_NE(problem(files, identity_.node_id().text()).find("not by"), std::string::npos);
  // Another's key under this node's name.
  auto& text = files.back().second;
  text.replace(text.find(other.node_id().text()), other.node_id().text().size(),
               identity_.node_id().text());
  EXPECT_NE(problem(files).find("not that of the node"), std::string::npos);
}

TEST_F(BundleCheckTest, ArchivesThatTheWriterDoesNotMakeAreRefused) {
  const auto good = archive_of(files_);
  ASSERT_TRUE(read_tar(good).ok());
  for (std::size_t size = 0; size < good.size(); size += 256)
    EXPECT_FALSE(read_tar(std::string_view(good).substr(0, size)).ok()) << size;
  const auto refused = [&good](std::size_t at, char byte) {
    auto bytes = good;
    bytes[at] = byte;
    return !read_tar(bytes).ok();
  };
  EXPECT_TRUE(refused(0, 'B')) << "a name";
  EXPECT_TRUE(refused(156, '2')) << "a link";
  EXPECT_TRUE(refused(512 + 3, 'x')) << "behind a file's end";
  EXPECT_TRUE(refused(good.size() - 1, 'x')) << "behind the archive's end";
  EXPECT_FALSE(read_tar(good + "x").ok());
  auto outside = files_;
  std::string archive;
  for (const auto& [name, content] : outside) append_tar_file(archive, name, content, 0);
  end_tar(archive);
  EXPECT_FALSE(check_bundle(archive, "").holds()) << "no folder";
}

}  // namespace
}  // namespace b3iq::agent
