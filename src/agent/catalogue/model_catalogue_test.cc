#include "agent/catalogue/model_catalogue.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>

namespace b3iq::agent {
namespace {

std::string shipped_text() {
  std::ifstream in(std::string(B3IQ_SOURCE_DIR) + "/models/catalogue.json");
  return {std::istreambuf_iterator<char>(in), {}};
}

const Catalogue& shipped() {
  static const Catalogue catalogue = [] {
    auto read = read_catalogue(shipped_text());
    EXPECT_TRUE(read.ok()) << read.error().detail;
    return read.ok() ? std::move(read).value() : Catalogue();
  }();
  return catalogue;
}

TEST(ModelCatalogue, HasModelsOfEveryKindInSeveralSizes) {
  std::map<CatalogueKind, int> of_kind;
  std::int64_t smallest = INT64_MAX, largest = 0;
  for (const auto& model : shipped().models) {
    ++of_kind[model.kind];
    smallest = std::min(smallest, model.download_bytes());
    largest = std::max(largest, model.download_bytes());
  }
  EXPECT_GE(shipped().models.size(), 14u);
  EXPECT_GE(of_kind[CatalogueKind::chat], 6);
  EXPECT_GE(of_kind[CatalogueKind::code], 2);
  EXPECT_GE(of_kind[CatalogueKind::vision], 2);
  EXPECT_GE(of_kind[CatalogueKind::embedding], 2);
  EXPECT_LT(smallest, 200'000'000);
  EXPECT_GT(largest, 8'000'000'000);
}

TEST(ModelCatalogue, EveryAddressNamesARevisionThatCannotMove) {
  const std::regex pinned(
      R"(https://huggingface\.co/[A-Za-z0-9._-]+/[A-Za-z0-9._-]+/resolve/[0-9a-f]{40}/[^/]+)");
  std::set<std::string> sums;
  for (const auto& model : shipped().models) {
    for (const auto& file : model.files) {
      EXPECT_TRUE(std::regex_match(file.url, pinned)) << file.url;
      ASSERT_TRUE(file.sha256) << file.name;
      EXPECT_TRUE(sums.insert(*file.sha256).second) << file.name << " has another file's checksum";
    }
    EXPECT_NE(model.verification, CatalogueVerification::downloaded)
        << model.id << ": nobody has downloaded it; say so when somebody did";
  }
}

TEST(ModelCatalogue, MemoryFollowsTheStatedRule) {
  constexpr std::int64_t kHalfGiB = 512LL * 1024 * 1024;
  for (const auto& model : shipped().models) {
    const std::int64_t need = model.download_bytes() * 12 / 10 + kHalfGiB;
    const std::int64_t rounded = (need + kHalfGiB - 1) / kHalfGiB * kHalfGiB;
    EXPECT_EQ(model.min_ram_bytes, rounded) << model.id;
    EXPECT_EQ(model.min_vram_bytes, rounded) << model.id;
  }
}

TEST(ModelCatalogue, FindsById) {
  const auto* model = shipped().find("qwen3-4b");
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->license_id, "Apache-2.0");
  EXPECT_EQ(model->quantization, "Q4_K_M");
  EXPECT_EQ(catalogue_kind_name(model->kind), "chat");
  EXPECT_EQ(shipped().find("../qwen3-4b"), nullptr);
}

std::string changed(const std::string& what, const std::string& by) {
  std::string text = shipped_text();
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

TEST(ModelCatalogue, HostileNamesAndAddressesAreRefused) {
  const auto refusal = [](const std::string& text) {
    const auto read = read_catalogue(text);
    return read.ok() ? std::string("(read)") : read.error().detail;
  };
  ASSERT_EQ(refusal(shipped_text()), "(read)");
  const std::string id = "\"id\": \"qwen3-0.6b\"";
  for (const char* bad : {"../../etc", "a/b", "A", "", ".hidden", "a b", "a..b", "$(id)", "-x"})
    EXPECT_NE(refusal(changed(id, "\"id\": \"" + std::string(bad) + "\"")), "(read)") << bad;
  EXPECT_NE(refusal(changed(id, "\"id\": \"qwen3-1.7b\"")), "(read)");  // twice
  const std::string name = "\"name\": \"Qwen3-0.6B-Q8_0.gguf\"";
  for (const char* bad : {"../x.gguf", "x.exe", ".gguf", "a b.gguf", "x\\u0000.gguf", "é.gguf"})
    EXPECT_NE(refusal(changed(name, "\"name\": \"" + std::string(bad) + "\"")), "(read)") << bad;
  const std::string url = "https://huggingface.co/Qwen/Qwen3-0.6B-GGUF";
  for (const char* bad :
       {"http://huggingface.co/Qwen/X", "file:///etc", "https://u:p@host/x", "https://host/../x",
        "https://host:1/x", "https:///x", "https://host/x?y"})
    EXPECT_NE(refusal(changed(url, bad)), "(read)") << bad;
}

TEST(ModelCatalogue, WrongKindsAndUnknownMembersAreRefusedWithTheirPlace) {
  const auto refusal = [](const std::string& text) {
    const auto read = read_catalogue(text);
    return read.ok() ? std::string("(read)") : read.error().detail;
  };
  EXPECT_NE(refusal(changed("639446688", "-1")).find("models[0].files[0].size_bytes"),
            std::string::npos);
  EXPECT_NE(refusal(changed("639446688", "1e9")), "(read)");
  EXPECT_NE(refusal(changed("\"chat\"", "\"chatty\"")).find("models[0].kind"), std::string::npos);
  EXPECT_NE(refusal(changed("9465e63a", "9465E63A")).find("sha256"), std::string::npos);
  EXPECT_NE(refusal(changed("\"version\": 1", "\"version\": 2")).find("version 2"),
            std::string::npos);
  EXPECT_NE(refusal(changed("\"version\": 1", "\"version\": 1, \"more\": 1")), "(read)");
  EXPECT_NE(refusal(changed("\"family\"", "\"familie\"")), "(read)");
  for (const char* rubbish : {"", "[]", "{}", "null", "{\"version\":1}"})
    EXPECT_NE(refusal(rubbish), "(read)") << rubbish;
}

TEST(ModelCatalogue, AChecksumThatIsNotEstablishedIsNull) {
  const auto read = read_catalogue(
      changed("\"9465e63a22add5354d9bb4b99e90117043c7124007664907259bd16d043bb031\"", "null"));
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_FALSE(read->models.front().files.front().sha256);
}

}  // namespace
}  // namespace b3iq::agent
