// Tests only: reads the golden vectors that every implementation shares (tests/vectors).
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "base/bytes.h"
#include "crypto/ed25519.h"
#include "json/json.h"

namespace b3iq::protocol {

inline json::Document read_vectors(const std::string& name) {
  std::ifstream file(std::string(B3IQ_SOURCE_DIR) + "/tests/vectors/" + name);
  std::stringstream text;
  text << file.rdbuf();
  auto document = json::Document::parse(text.str());
  if (!document.ok()) {
    ADD_FAILURE() << name << ": " << document.error().detail;
    return std::move(json::Document::parse("{}")).value();
  }
  return std::move(document).value();
}

inline std::string text_of(json::Value object, std::string_view name) {
  const auto text = object.find(name).string();
  EXPECT_TRUE(text) << "the vector has no text " << name;
  return std::string(text.value_or(""));
}

inline base::Bytes hex_of(json::Value object, std::string_view name) {
  auto bytes = base::from_hex(text_of(object, name));
  EXPECT_TRUE(bytes) << "the vector has no bytes " << name;
  return bytes.value_or(base::Bytes());
}

inline crypto::Ed25519SecretKey seed_of(json::Value object) {
  base::Bytes seed = hex_of(object, "seed");
  seed.resize(32);
  return crypto::Ed25519SecretKey::from_seed(std::span<const std::uint8_t, 32>(seed.data(), 32));
}

// Calls `test` with each element, and fails when there are fewer than `at_least`.
template <class Test>
void for_each_case(json::Value cases, std::size_t at_least, Test test) {
  EXPECT_GE(cases.size(), at_least);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(cases.at(i).find("name").string().value_or(std::to_string(i)));
    test(cases.at(i));
  }
}

}  // namespace b3iq::protocol
