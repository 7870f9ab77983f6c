#include "agent/models/install_request.h"

#include <gtest/gtest.h>

#include "agent/models/installed_model.h"
#include "gguf/gguf_builder.h"

namespace b3iq::agent {
namespace {

using base::ErrorCode;
using base::Result;

Catalogue catalogue() {
  CatalogueModel one;
  one.id = "small-chat";
  one.files.push_back({CatalogueFileRole::model, "s.gguf", "https://host.example/s.gguf", 123,
                       std::string(64, 'a')});
  CatalogueModel parts;
  parts.id = "in-parts";
  parts.files = {one.files.front(), one.files.front()};
  Catalogue all;
  all.models = {one, parts};
  return all;
}

Result<InstallRequest> decode(const std::string& body) {
  const auto document = json::Document::parse(body);
  return decode_install_request(document->root(), catalogue());
}

TEST(InstallRequest, TheCatalogueGivesAddressSizeAndChecksum) {
  const auto request = decode(R"({"catalogue":"small-chat"})");
  ASSERT_TRUE(request.ok()) << request.error().detail;
  EXPECT_EQ(request->name, "small-chat");
  EXPECT_EQ(request->url, "https://host.example/s.gguf");
  EXPECT_EQ(request->size_bytes, 123);
  EXPECT_EQ(request->sha256, std::string(64, 'a'));
  EXPECT_EQ(request->source, "catalogue small-chat");
  EXPECT_EQ(decode(R"({"catalogue":"none"})").error().code, ErrorCode::model_not_found);
  EXPECT_EQ(decode(R"({"catalogue":"in-parts"})").error().code, ErrorCode::unsupported_parameter);
}

TEST(InstallRequest, ANameComesFromTheFileAndASourceHidesItsQuery) {
  const auto request = decode(R"({"url":"https://h.example/a/Model-Q4.gguf?token=x"})");
  ASSERT_TRUE(request.ok());
  EXPECT_EQ(request->name, "Model-Q4");
  EXPECT_EQ(request->source, "https://h.example/a/Model-Q4.gguf");
  EXPECT_EQ(request->url, "https://h.example/a/Model-Q4.gguf?token=x");
}

TEST(InstallRequest, WhatIsWrongIsNamed) {
  const std::pair<const char*, const char*> wrong[] = {
      {R"({})", "source"},
      {R"({"url":"https://a/b","path":"/b"})", "source"},
      {R"({"path":"relative.gguf"})", "path"},
      {R"({"path":"/a.gguf","name":"../x"})", "name"},
      {R"({"path":"/a.gguf","name":"x y"})", "name"},
      {R"({"path":"/.gguf"})", "name"},
      {R"({"path":"/a.gguf","sha256":"ABC"})", "sha256"},
      {R"({"path":"/a.gguf","size_bytes":0})", "size_bytes"},
      {R"({"path":"/a.gguf","bytes_per_second":-1})", "bytes_per_second"},
      {R"({"path":"/a.gguf","shell":"rm"})", "shell"},
      {R"({"path":7})", "path"},
      {R"({"kind":"pull","path":"/a.gguf"})", "kind"},
      {R"({"kind":"install","runtime":"ollama","name":"m"})", "kind"},
      {R"({"kind":"pull","runtime":"ollama"})", "name"},
      {R"({"kind":"burn"})", "kind"}};
  for (const auto& [body, member] : wrong) {
    const auto request = decode(body);
    ASSERT_FALSE(request.ok()) << body;
    EXPECT_EQ(request.error().param, member) << body;
  }
}

TEST(InstallRequest, SurvivesTheJobsRow) {
  auto request = decode(R"({"url":"https://h.example/m.gguf","name":"org/m:7b","sha256":")" +
                        std::string(64, 'b') + R"(","bytes_per_second":1000})");
  ASSERT_TRUE(request.ok());
  const auto kept = read_install_document(install_document(*request));
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept->name, "org/m:7b");
  EXPECT_EQ(kept->url, request->url);
  EXPECT_EQ(kept->sha256, request->sha256);
  EXPECT_EQ(kept->bytes_per_second, 1000);
  EXPECT_FALSE(kept->size_bytes);
}

TEST(InstalledModel, WhatCannotBeServedIsRefusedWithTheWayOut) {
  gguf::Facts facts;
  EXPECT_TRUE(check_servable(facts).ok());
  facts.kind = gguf::ModelKind::embedding;
  EXPECT_TRUE(check_servable(facts).ok());
  for (const auto kind :
       {gguf::ModelKind::vision_projector, gguf::ModelKind::adapter, gguf::ModelKind::reranker}) {
    facts.kind = kind;
    EXPECT_EQ(check_servable(facts).error().code, ErrorCode::unsupported_parameter);
  }
  facts = {};
  facts.split = gguf::Split{0, 3, {}};
  const auto refused = check_servable(facts);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().detail.find("--merge"), std::string::npos);
}

TEST(InstalledModel, IsKeptWithWhatItsFileSaysAndWhatLoadingTaught) {
  const auto file = gguf::GgufBuilder::model().file(gguf::GgufBuilder::kModelData);
  const auto facts = gguf::read_bytes(base::as_bytes(file), file.size());
  ASSERT_TRUE(facts.ok()) << facts.error().detail;
  InstalledModel model;
  model.id = "m";
  model.folder = "m-01";
  model.bytes = 7;
  take_facts(*facts, 0, 4, model);
  EXPECT_EQ(model.architecture, "llama");
  EXPECT_EQ(model.trained_context_tokens, 2048);
  EXPECT_GT(model.estimated_memory_bytes, 0);
  auto hosted = hosted_model(model, "/models");
  EXPECT_EQ(hosted.path, "/models/m-01/model.gguf");
  EXPECT_EQ(hosted.memory_bytes, model.estimated_memory_bytes);
  EXPECT_FALSE(hosted.tools);

  model.was_loaded = true;
  model.learned = {1'000, 512, true};
  std::string document;
  json::Writer w(document);
  write_installed_model(w, model);
  const auto kept = read_installed_model(document);
  ASSERT_TRUE(kept.ok());
  EXPECT_EQ(kept->architecture, "llama");
  hosted = hosted_model(*kept, "/models");
  EXPECT_EQ(hosted.memory_bytes, 1'000) << "measured wins over estimated";
  EXPECT_EQ(hosted.context_tokens, 512);
  EXPECT_EQ(hosted.tools, true);
  EXPECT_EQ(read_installed_model(R"({"id":"m","folder":"../x"})").error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace b3iq::agent
