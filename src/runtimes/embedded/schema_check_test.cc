#include "runtimes/embedded/schema_check.h"

#include <gtest/gtest.h>

#include <string>

#include "base/error.h"

namespace b3iq::runtimes {
namespace {

using base::ErrorCode;
using inference::Path;

base::Status checked(const std::string& schema, bool strict) {
  SchemaCounts counts;
  const Path place("s");
  return check_schema(schema, place, strict, counts);
}

// What is wrong with a schema for a property "c" of an object that is otherwise fine, by the end of
// the path: "" for nothing.
std::string fault(const std::string& schema, bool strict, ErrorCode code) {
  const auto status = checked(
      R"({"type":"object","properties":{"c":)" + schema +
          R"(},"required":["c"],"additionalProperties":false,"$defs":{"e":{"enum":["a","b"]},)"
          R"("o":{"type":"object","properties":{"x":{"type":"integer"}},"required":["x"]},)"
          R"("p":{"type":"object","properties":{"y":{"type":"null"}}},)"
          R"("s":{"type":"string"},"loop":{"$ref":"#/$defs/loop"},)"
          R"("list":{"type":"object","properties":{"next":{"anyOf":[{"$ref":"#/$defs/list"},)"
          R"({"type":"null"}]}},"required":["next"],"additionalProperties":false}}})",
      strict);
  if (status.ok()) return "";
  EXPECT_EQ(status.error().code, code) << schema << ": " << status.error().detail;
  EXPECT_FALSE(status.error().detail.empty());
  const std::string& param = status.error().param;
  const std::string_view place = "s.properties.c";
  return param.starts_with(place) && param != place ? param.substr(place.size() + 1) : param;
}

TEST(SchemaCheck, WhatTheGrammarEnforcesPasses) {
  for (const char* schema : {
           R"({})",
           R"({"type":"string","title":"t","description":"d","default":"x","examples":["y"]})",
           R"({"type":"string","pattern":"^[0-9]{5}$"})",
           R"({"type":"string","format":"date-time"})",
           R"({"type":"string","minLength":1,"maxLength":1000})",
           R"({"type":"integer","minimum":1,"maximum":12})",
           R"({"type":"integer","minimum":0})",
           R"({"type":"integer","exclusiveMinimum":0})",
           R"({"type":"integer","minimum":-9007199254740991,"maximum":9007199254740991})",
           R"({"type":"integer","minimum":25})",
           R"({"type":"number"})",
           R"({"type":["string","null"]})",
           R"({"type":["integer","null"],"minimum":1,"maximum":5})",
           R"({"type":["string","null"],"enum":["a",null]})",
           R"({"enum":["a",1,null,{"b":[]}]})",
           R"({"const":"a"})",
           R"({"type":"string","const":"a"})",
           R"({"anyOf":[{"type":"string"},{"type":"null"}]})",
           R"({"type":"object","anyOf":[{"type":"object","properties":{}}]})",
           R"({"$ref":"#/$defs/e","description":"d"})",
           R"({"$ref":"#/$defs/list"})",
           R"({"allOf":[{"$ref":"#/$defs/o"},{"$ref":"#/$defs/p"}]})",
           R"({"allOf":[{"$ref":"#/$defs/e"}]})",
           R"({"type":"array","items":{"type":"string"},"minItems":1,"maxItems":3})",
           R"({"type":"array","prefixItems":[{"type":"string"},{"type":"null"}],"minItems":2})",
           R"({"type":"array","uniqueItems":false})",
           R"({"type":"object","properties":{"a":{}},"additionalProperties":{"type":"string"}})",
           R"({"type":"object","properties":{"a":{}},"required":[]})",
       }) {
    EXPECT_EQ(fault(schema, true, ErrorCode::internal), "") << schema;
    EXPECT_EQ(fault(schema, false, ErrorCode::internal), "") << schema;
  }
}

TEST(SchemaCheck, WhatWouldBeIgnoredIsRefusedWhenStrictAndAHintElse) {
  struct Case {
    const char* schema;
    const char* at;
  };
  for (
      const auto& [schema, at] : {
          Case{R"({"type":"integer","multipleOf":5})", "multipleOf"},
          {R"({"type":"number","minimum":1})", "minimum"},
          {R"({"type":"number","exclusiveMaximum":1})", "exclusiveMaximum"},
          {R"({"type":"integer","minimum":1,"exclusiveMinimum":3})", "exclusiveMinimum"},
          {R"({"type":"integer","minimum":100})", "minimum"},
          {R"({"type":"string","pattern":"[0-9]{5}"})", "pattern"},
          {R"({"type":"string","pattern":"^\\d+$"})", "pattern"},
          {R"({"type":"string","format":"email"})", "format"},
          {R"({"type":"string","format":"ipv4"})", "format"},
          {R"({"type":"string","pattern":"^a$","format":"date"})", "format"},
          {R"({"type":"string","pattern":"^a$","maxLength":3})", "maxLength"},
          {R"({"type":"string","format":"date","minLength":3})", "minLength"},
          {R"({"type":"string","not":{"const":"a"}})", "not"},
          {R"({"type":"array","uniqueItems":true})", "uniqueItems"},
          {R"({"type":"array","contains":{"type":"string"}})", "contains"},
          {R"({"oneOf":[{"type":"string"},{"type":"null"}]})", "oneOf"},
          {R"({"type":"string","enum":["a"],"minLength":1})", "minLength"},
          {R"({"$ref":"#/$defs/s","minLength":1})", "minLength"},
          {R"({"type":"object","required":["a"]})", "required[0]"},
          {R"({"type":"object","properties":{"a":{}},"required":["b"],"additionalProperties":true})",
           "required[0]"},
          {R"({"type":"object","if":{},"then":{}})", "if"},
          {R"({"type":"object","dependentRequired":{"a":["b"]}})", "dependentRequired"},
          {R"({"type":"object","propertyNames":{"maxLength":3}})", "propertyNames"},
          {R"({"type":"object","minProperties":1})", "minProperties"},
          {R"({"type":"object","maxProperties":1})", "maxProperties"},
          {R"({"type":"object","patternProperties":{"^a":{}}})", "patternProperties"},
          {R"({"minimum":1})", "minimum"},
          {R"({"type":"string","nullable":true})", "nullable"},
      }) {
    EXPECT_EQ(fault(schema, true, ErrorCode::unsupported_parameter), at) << schema;
    EXPECT_EQ(fault(schema, false, ErrorCode::internal), "") << schema;
  }
}

TEST(SchemaCheck, WhatGivesAnotherShapeOrContradictsItselfIsAlwaysRefused) {
  struct Case {
    const char* schema;
    const char* at;
  };
  for (const auto& [schema, at] : {
           Case{R"({"allOf":[{"type":"string"},{"minLength":1}]})", "allOf[0]"},
           {R"({"allOf":[{"$ref":"#/$defs/s"}]})", "allOf[0]"},
           {R"({"allOf":[{"$ref":"#/$defs/o"},{"$ref":"#/$defs/o"}]})", "allOf[1]"},
           {R"({"type":"integer","allOf":[{"minimum":1}]})", "allOf"},
           {R"({"type":"object","properties":{"a":{}},"allOf":[{"$ref":"#/$defs/o"}]})", "allOf"},
           {R"({"type":"object","properties":{"a":{}},"anyOf":[{"required":["a"]}]})",
            "properties"},
           {R"({"$ref":"#/$defs/o","properties":{}})", "properties"},
           {R"({"$ref":"#"})", "$ref"},
           {R"({"$ref":"#/$defs/none"})", "$ref"},
           {R"({"$ref":"http://x/y"})", "$ref"},
           {R"({"$ref":"#/$defs/loop"})", "$ref"},
           {R"({"type":"integer","minimum":9,"maximum":3})", "maximum"},
           {R"({"type":"integer","exclusiveMinimum":3,"exclusiveMaximum":4})", "exclusiveMaximum"},
           {R"({"type":"integer","minimum":9007199254740991})", "minimum"},
           {R"({"type":"integer","minimum":1e300})", "minimum"},
           {R"({"type":"integer","minimum":0,"maximum":"9"})", "maximum"},
           {R"({"type":"string","minLength":5,"maxLength":3})", "maxLength"},
           {R"({"type":"string","minLength":1001})", "minLength"},
           {R"({"type":"array","maxItems":3000000000})", "maxItems"},
           {R"({"type":"string","minLength":-1})", "minLength"},
           {R"({"type":"array","minItems":5,"maxItems":3})", "maxItems"},
           {R"({"type":"array","items":[{}],"minItems":2})", "items"},
           {R"({"type":"array","prefixItems":[{}],"items":{}})", "prefixItems"},
           {R"({"type":"array","prefixItems":[{}],"items":false})", "prefixItems"},
           {R"({"type":"string","pattern":"^a{1,1000000}$"})", "pattern"},
           {R"({"type":"string","pattern":"^.*$"})", "pattern"},
           {R"({"type":"text"})", "type"},
           {R"({"type":["object","object"]})", "type"},
           {R"({"type":[]})", "type"},
           {R"({"enum":[]})", "enum"},
           {R"({"type":"string","enum":["a",1]})", "enum[1]"},
           {R"({"type":"string","const":1})", "const"},
           {R"({"anyOf":[]})", "anyOf"},
           {R"({"anyOf":[{}],"oneOf":[{}]})", "anyOf"},
           {R"({"type":"object","properties":{"a":{}},"required":["b"]})", "required[0]"},
           {R"({"type":"object","properties":{"a":true}})", "properties.a"},
           {R"({"type":"object","properties":[]})", "properties"},
       }) {
    EXPECT_EQ(fault(schema, true, ErrorCode::invalid_request), at) << schema;
    EXPECT_EQ(fault(schema, false, ErrorCode::invalid_request), at) << schema;
  }
}

std::string values(std::size_t count) {
  std::string text = R"({"enum":[)";
  for (std::size_t i = 0; i < count; ++i) text += (i ? ",\"v" : "\"v") + std::to_string(i) + "\"";
  return text + "]}";
}

std::string object(std::size_t properties, bool required) {
  std::string names;
  std::string text = R"({"type":"object","properties":{)";
  for (std::size_t i = 0; i < properties; ++i) {
    const std::string name = "\"p" + std::to_string(i) + "\"";
    text += (i ? "," : "") + name + ":{}";
    names += (i ? "," : "") + name;
  }
  return text + "}" + (required ? R"(,"required":[)" + names + "]" : "") + "}";
}

TEST(SchemaCheck, LimitsAreExact) {
  const auto refused = [](const std::string& schema) {
    const auto status = checked(schema, false);
    if (status.ok()) return std::string();
    EXPECT_EQ(status.error().code, ErrorCode::invalid_request) << status.error().detail;
    EXPECT_NE(status.error().detail.find("the limit is"), std::string::npos)
        << status.error().detail;
    return status.error().param;
  };
  EXPECT_EQ(refused(values(kMaxSchemaChoices)), "");
  EXPECT_EQ(refused(values(kMaxSchemaChoices + 1)), "s.enum");
  EXPECT_EQ(refused(values(60'000)), "s") << "by its bytes";
  EXPECT_EQ(refused(object(kMaxSchemaProperties, true)), "");
  EXPECT_EQ(refused(object(kMaxSchemaProperties + 1, true)), "s.properties");
  EXPECT_EQ(refused(object(kMaxOptionalProperties, false)), "");
  EXPECT_EQ(refused(object(kMaxOptionalProperties + 1, false)), "s.properties");
  const auto nested = [](int depth) {
    std::string text = "{}";
    for (int i = 1; i < depth; ++i) text = R"({"type":"array","items":)" + text + "}";
    return text;
  };
  EXPECT_EQ(refused(nested(kMaxSchemaDepth)), "");
  EXPECT_EQ(refused(nested(kMaxSchemaDepth + 1)).substr(0, 8), "s.items.");
  const auto named = [](std::size_t bytes) {
    return R"({"type":"object","properties":{")" + std::string(bytes, '_') + R"(":{}}})";
  };
  EXPECT_EQ(refused(named(kMaxPropertyNameBytes)), "");
  EXPECT_NE(refused(named(kMaxPropertyNameBytes + 1)), "");
}

TEST(SchemaCheck, AnUpperBoundThatIsTooHighIsAHint) {
  EXPECT_EQ(fault(R"({"type":"string","maxLength":65536})", true, ErrorCode::invalid_request),
            "maxLength");
  EXPECT_EQ(fault(R"({"type":"string","maxLength":65536})", false, ErrorCode::internal), "");
}

TEST(SchemaCheck, TheSchemasOfARequestCountTogetherAndAreNamedByTheirPlace) {
  inference::ChatRequest request;
  request.response_format = inference::ResponseFormat::json_schema;
  request.json_schema = values(kMaxSchemaChoices / 2);
  request.tools.push_back({"a", "", values(kMaxSchemaChoices / 2), false});
  EXPECT_TRUE(check_schemas(request).ok());
  request.tools.push_back({"b", "", values(1), false});
  const auto status = check_schemas(request);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().param, "tools[1].function.parameters.enum");
  request.tools.clear();
  request.json_schema_strict = true;
  request.json_schema = R"({"type":"object","properties":{"c":{"type":"integer","multipleOf":5}}})";
  EXPECT_EQ(check_schemas(request).error().param,
            "response_format.json_schema.schema.properties.c.multipleOf");
}

TEST(SchemaCheck, FaultsBehindAReferenceAreNamedWhereTheyStand) {
  const auto status =
      checked(R"({"$ref":"#/$defs/a","$defs":{"a":{"type":"string","format":"email"}}})", true);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().param, "s.$defs.a.format");
}

}  // namespace
}  // namespace b3iq::runtimes
