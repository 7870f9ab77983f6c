// Our parser against Boost.JSON's: the same texts are accepted, and they mean the same, except
// where we are stricter on purpose (duplicate names) or exact where Boost.JSON 1.81 rounds
// (doubles).
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <boost/json.hpp>
#include <cmath>

#include "json/json.h"

namespace b3iq::json {
namespace {

bool same(Value ours, const boost::json::value& theirs) {
  if (theirs.is_null()) return ours.is_null();
  if (theirs.is_bool()) return ours.boolean() == theirs.get_bool();
  if (theirs.is_int64()) return ours.integer() == theirs.get_int64();
  if (theirs.is_uint64()) return ours.to_text() == std::to_string(theirs.get_uint64());
  if (theirs.is_double()) {
    const double a = ours.number().value_or(NAN);
    const double b = theirs.get_double();
    return ours.kind() == Kind::real && (a == b || std::fabs(a - b) <= std::fabs(b) * 1e-14 ||
                                         std::fabs(b) < 1e-300 || !std::isfinite(b));
  }
  if (theirs.is_string())
    return ours.string() ==
           std::string_view(theirs.get_string().data(), theirs.get_string().size());
  if (theirs.is_array()) {
    if (!ours.is_array() || ours.size() != theirs.get_array().size()) return false;
    for (std::size_t i = 0; i < ours.size(); ++i) {
      if (!same(ours.at(i), theirs.get_array()[i])) return false;
    }
    return true;
  }
  if (!ours.is_object() || ours.size() != theirs.get_object().size()) return false;
  for (const auto& [name, value] : theirs.get_object()) {
    if (!same(ours.find(std::string_view(name.data(), name.size())), value)) return false;
  }
  return true;
}

// Whether both say the same about `text`.
bool agree(std::string_view text) {
  const auto ours = Document::parse(text, {.max_depth = 32});
  boost::json::error_code ec;
  boost::json::parse_options options;
  options.max_depth = 32;
  const auto theirs = boost::json::parse({text.data(), text.size()}, ec, {}, options);
  if (ours.ok() && !ec) return same(ours->root(), theirs);
  if (ours.ok())
    return ec == boost::json::error::exponent_overflow;  // 1e-99999999999 is zero for us
  return ec || ours.error().detail.find("same name") != std::string::npos ||
         ours.error().detail.find("range of a double") != std::string::npos;
}

TEST(BoostAgreement, OnChosenTexts) {
  for (std::string_view text : {"",
                                "0",
                                "-0",
                                "-",
                                "00",
                                "1.",
                                "1.0e",
                                "1E+2",
                                "1e-2",
                                "-1.5e10",
                                "9223372036854775808",
                                "-9223372036854775809",
                                "18446744073709551616",
                                "1e308",
                                "1e309",
                                "1e-400",
                                "0e999",
                                "123456789012345678901234567890",
                                "[]",
                                "[ ]",
                                "[,]",
                                "{}",
                                "{ }",
                                "{,}",
                                "{\"a\"}",
                                "{\"a\":}",
                                "[1,]",
                                "[1 ",
                                "\"",
                                "\"\\",
                                "\"\\u",
                                "\"\\ud83d\\u",
                                "\"\\ud83d\\ude00\"",
                                "\"\\udead\"",
                                "tru",
                                "true ",
                                "nul",
                                "\"a\x01\"",
                                "\"\x7f\"",
                                "\xEF\xBB\xBF[]",
                                "\"\xE2\x82\xAC\"",
                                "\"\xE2\x82\"",
                                "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
                                "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["}) {
    EXPECT_TRUE(agree(text)) << text;
  }
}

// Valid JSON with a few bytes changed, which lands near the edges of the grammar far more often
// than random bytes do.
RC_GTEST_PROP(BoostAgreementProperty, OnDamagedTexts,
              (const std::vector<std::pair<std::uint16_t, std::uint8_t>>& changes)) {
  std::string text =
      R"({"a":[1,-2.5e+3,0.1E-2,true,false,null,{}],"b\u00e9\n":"x\ud83d\ude00\"\\y","c":{"d":[[],[{"e":18446744073709551615}]]}} )";
  constexpr std::string_view kUseful =
      "{}[],:\"\\u0123456789eE+-. \n\ttrfalsn\xC3\xA9\xED\xA0\x80\xF0\x9F";
  for (const auto& [at, what] : changes) text[at % text.size()] = kUseful[what % kUseful.size()];
  RC_ASSERT(agree(text));
}

RC_GTEST_PROP(BoostAgreementProperty, OnCutTexts, (std::uint8_t length, std::uint8_t from)) {
  const std::string text = R"([{"k":"v\u0041\ud83d\ude00"},-12.5e-7,true,null,"\\"])";
  RC_ASSERT(agree(std::string_view(text).substr(from % text.size(), length)));
}

}  // namespace
}  // namespace b3iq::json
