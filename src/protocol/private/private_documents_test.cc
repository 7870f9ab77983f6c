// What stands inside sealed requests and answers, and its padding.
#include <gtest/gtest.h>

#include "protocol/messages/changed_json.h"
#include "protocol/private/padding.h"
#include "protocol/private/private_examples.h"

namespace b3iq::protocol {
namespace {

using namespace fixture;  // NOLINT: examples

std::string padded(std::string text) {
  text.resize(padme_length(text.size()), ' ');
  return text;
}
std::string text_of(const base::Bytes& bytes) { return std::string(base::as_text(bytes)); }
std::string unpadded(const std::string& text) {
  return text.substr(0, text.find_last_not_of(' ') + 1);
}
bool takes_request(const std::string& text) { return decode_private_request(text).ok(); }
bool takes_answer(const std::string& text) { return decode_private_answer(text).ok(); }

TEST(Padme, RoundsAsPublished) {
  const std::pair<std::size_t, std::size_t> cases[] = {{0, 0},
                                                       {1, 1},
                                                       {2, 2},
                                                       {7, 7},
                                                       {8, 8},
                                                       {9, 10},
                                                       {15, 16},
                                                       {16, 16},
                                                       {17, 18},
                                                       {100, 104},
                                                       {1000, 1024},
                                                       {1025, 1088},
                                                       {5000, 5120},
                                                       {65'537, 67'584},
                                                       {1'000'000, 1'015'808},
                                                       {1'048'576, 1'048'576}};
  for (const auto& [size, expected] : cases) EXPECT_EQ(padme_length(size), expected) << size;
}

TEST(Padme, AddsLessThan12PercentAndIsItsOwnFixedPoint) {
  std::size_t lengths = 0;
  for (std::size_t size = 1; size <= kMaxPrivateRequestBytes; ++size) {
    const std::size_t length = padme_length(size);
    ASSERT_GE(length, size);
    ASSERT_LT((length - size) * 100, size * 12) << size;
    ASSERT_EQ(padme_length(length), length) << size;
    lengths += length == size ? 1 : 0;
  }
  EXPECT_LT(lengths, 400u) << "that many sizes can be told apart, of a million";
}

TEST(PrivateRequest, WhatIsWrittenIsRead) {
  const auto bytes = encode_private_request(private_request(), 16);
  ASSERT_TRUE(bytes.ok()) << bytes.error().detail;
  const std::string whole = text_of(*bytes);
  EXPECT_EQ(whole.substr(whole.size() - 16), std::string(16, '\0'));
  const std::string plaintext = whole.substr(0, whole.size() - 16);
  EXPECT_EQ(plaintext.size(), padme_length(plaintext.size()));
  const auto read = decode_private_request(plaintext);
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->request.job_id, client_job_id());
  EXPECT_EQ(read->request.node_id, node().node_id());
  EXPECT_EQ(read->request.model_id, "llama3.1:8b");
  EXPECT_EQ(read->request.customer_nonce, counted<16>(0x50));
  EXPECT_EQ(read->request.body, kChatBody) << "byte for byte";
  EXPECT_EQ(read->document.root().find("model").string(), "llama3.1:8b");
  EXPECT_GE(read->request.body.data(), plaintext.data());
}

TEST(PrivateRequest, DamageIsRefused) {
  const auto bytes = encode_private_request(private_request(), 0);
  const std::string text = unpadded(text_of(*bytes));
  // What is inside the request is the chat decoder's to judge, so it stands empty here.
  const std::string empty = "{}";
  expect_refuses_damage(changed(text, "request", &empty), {}, [](const std::string& damaged) {
    return damaged.find(R"("request":{"unknown_member")") == std::string::npos &&
           takes_request(padded(damaged));
  });
}

TEST(PrivateRequest, AnyOrderAndLayoutOfItsMembersIsRead) {
  const std::string text = padded(
      "{ \"request\" : {\"a\": [ 1 ] } ,\n\"customer_nonce\":\"AAAAAAAAAAAAAAAAAAAAAA\","
      "\"model_id\":\"m\",\"node_id\":\"" +
      node().node_id().text() + "\",\"job_id\":\"x\" }");
  const auto read = decode_private_request(text);
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->request.body, "{\"a\": [ 1 ] }");
  EXPECT_EQ(read->document.root().find("a").size(), 1u);
}

// What could make the quick reading of the usual layout see another thing than the whole one.
TEST(PrivateRequest, NothingPassesBetweenHeadAndRequest) {
  const std::string good = unpadded(text_of(*encode_private_request(private_request(), 0)));
  const auto with_request = [&](const std::string& request) {
    return padded(good.substr(0, good.find(",\"request\":") + 11) + request + "}");
  };
  EXPECT_TRUE(takes_request(with_request("{}")));
  EXPECT_FALSE(takes_request(with_request(R"({},"model_id":"other")")));
  EXPECT_FALSE(takes_request(with_request(R"({},"request":{})")));
  EXPECT_FALSE(takes_request(with_request(R"({},"more":{})")));
  EXPECT_FALSE(takes_request(with_request("{}}")));
  EXPECT_FALSE(takes_request(with_request("{},{}")));
  EXPECT_FALSE(takes_request(with_request(" ")));
  EXPECT_FALSE(takes_request(with_request("[{}]")));
  EXPECT_TRUE(takes_request(with_request(" {} "))) << "white space is the customer's";
  const std::string inner = R"({"x":{"a":1,"request":{}}})";
  const std::string text = with_request(inner);
  const auto read = decode_private_request(text);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read->request.body, inner);
  const std::string model = R"("a\",\"request\":{}")";
  const std::string other = padded(changed(good, "model_id", &model));
  const auto named = decode_private_request(other);
  ASSERT_TRUE(named.ok());
  EXPECT_EQ(named->request.model_id, R"(a","request":{})");
}

TEST(PrivateRequest, ThePaddingHasOneForm) {
  const std::string text = unpadded(text_of(*encode_private_request(private_request(), 0)));
  ASSERT_NE(padme_length(text.size()), text.size());
  EXPECT_TRUE(takes_request(padded(text)));
  EXPECT_FALSE(takes_request(text)) << "not padded";
  EXPECT_FALSE(takes_request(padded(text) + " ")) << "one more than a padded length";
  std::string longer = text;
  longer.resize(padme_length(2 * text.size()), ' ');
  EXPECT_TRUE(takes_request(longer)) << "more padding than needed, to a padded length";
  for (const char c : {'\n', '\t', '\0', 'x'}) {
    std::string other = padded(text);
    other.back() = c;
    EXPECT_FALSE(takes_request(other)) << static_cast<int>(c);
  }
  EXPECT_FALSE(takes_request(padded(" " + text))) << "in front";
  EXPECT_FALSE(takes_request(""));
  EXPECT_FALSE(takes_request(std::string(16, ' ')));
}

TEST(PrivateRequest, TheBodyIsOneStrictObject) {
  const auto code = [](std::string_view body) {
    PrivateRequest request = private_request();
    request.body = body;
    const auto bytes = encode_private_request(request, 0);
    return bytes.ok() ? std::string("taken")
                      : std::string(base::error_info(bytes.error().code).wire_name);
  };
  EXPECT_EQ(code("{}"), "taken");
  const std::string injected = R"({},"model_id":"other","x":{})";
  for (std::string_view body : {"", "[]", "1", "{", "{} ", " {}", R"({"a":1,"a":2})",
                                R"({"a":"\ud800"})", "{}{}", "{}}", injected.c_str()})
    EXPECT_EQ(code(body), "invalid_json") << body;
  const std::string bad = "{\"a\":\"\xff\"}";
  EXPECT_EQ(code(bad), "invalid_json");
  std::string deep = "{\"a\":" + std::string(63, '[') + std::string(63, ']') + "}";
  EXPECT_EQ(code(deep), "taken");
  deep = "{\"a\":" + std::string(64, '[') + std::string(64, ']') + "}";
  EXPECT_EQ(code(deep), "invalid_json");
}

TEST(PrivateRequest, TheLimitIsThatOfThePaddedPlaintext) {
  const auto sized = [](std::size_t content) {
    PrivateRequest request = private_request();
    const std::string body = "{\"a\":\"" + std::string(content, 'x') + "\"}";
    request.body = body;
    const auto bytes = encode_private_request(request, 16);
    if (bytes.ok()) {
      EXPECT_TRUE(takes_request(text_of(*bytes).substr(0, bytes->size() - 16)));
    }
    return bytes.ok() ? bytes->size() : 0;
  };
  const std::size_t frame = sized(1) > 0
                                ? unpadded(text_of(*encode_private_request(
                                               [] {
                                                 PrivateRequest request = private_request();
                                                 request.body = "{\"a\":\"\"}";
                                                 return request;
                                               }(),
                                               0)))
                                      .size()
                                : 0;
  EXPECT_EQ(sized(kMaxPrivateRequestBytes - frame), kMaxPrivateRequestBytes + 16);
  EXPECT_EQ(sized(kMaxPrivateRequestBytes - frame + 1), 0u);
  PrivateRequest request = private_request();
  const std::string body = "{\"a\":\"" + std::string(kMaxPrivateRequestBytes, 'x') + "\"}";
  request.body = body;
  EXPECT_FALSE(encode_private_request(request, 0).ok());
}

TEST(PrivateAnswer, WhatIsWrittenIsRead) {
  const std::string receipt = private_receipt();
  for (const JobAnswer& answer :
       {completed_answer(receipt), failed_answer(),
        JobAnswer{AnswerStatus::cancelled, kChatError, AnswerReceipt{receipt, counted<32>(9)}}}) {
    SCOPED_TRACE(wire_name(answer.status));
    const auto bytes = encode_private_answer(
        {client_job_id(), node().node_id(), answer.status, answer.body, answer.receipt}, 0);
    ASSERT_TRUE(bytes.ok()) << bytes.error().detail;
    const std::string plaintext = text_of(*bytes);
    const auto read = decode_private_answer(plaintext);
    ASSERT_TRUE(read.ok()) << read.error().detail;
    EXPECT_EQ(read->job_id, client_job_id());
    EXPECT_EQ(read->node_id, node().node_id());
    EXPECT_EQ(read->status, answer.status);
    EXPECT_EQ(read->body, answer.body);
    ASSERT_EQ(read->receipt.has_value(), answer.receipt.has_value());
    if (read->receipt) {
      EXPECT_EQ(read->receipt->document, receipt);
      EXPECT_EQ(read->receipt->salt, answer.receipt->salt);
    }
  }
}

TEST(PrivateAnswer, DamageIsRefused) {
  const std::string receipt = private_receipt();
  const auto bytes =
      encode_private_answer({client_job_id(), node().node_id(), AnswerStatus::completed, "{}",
                             AnswerReceipt{receipt, counted<32>(0x60)}},
                            0);
  MessageRules rules;
  // A receipt's own rules; its signature is not looked at here.
  rules.nullable = {"receipt.policy_version"};
  rules.any_text = {};
  expect_refuses_damage(unpadded(text_of(*bytes)), rules, [](const std::string& damaged) {
    return damaged.find(R"("response":{"unknown_member")") == std::string::npos &&
           takes_answer(padded(damaged));
  });
}

TEST(PrivateAnswer, StatusAndMembersBelongTogether) {
  const std::string head = R"({"job_id":"x","node_id":")" + node().node_id().text() + "\",";
  const std::string receipt = ",\"receipt\":" + private_receipt() + ",\"receipt_salt\":\"" +
                              base::to_base64url(counted<32>(1)) + "\"";
  const auto takes = [&](const std::string& rest) {
    return takes_answer(padded(head + rest + "}"));
  };
  EXPECT_TRUE(takes(R"("status":"completed","response":{})" + receipt));
  EXPECT_FALSE(takes(R"("status":"completed","response":{})")) << "no receipt";
  EXPECT_FALSE(takes(R"("status":"completed","error":{})" + receipt));
  EXPECT_FALSE(takes(R"("status":"completed","response":{},"error":{})" + receipt));
  EXPECT_TRUE(takes(R"("status":"failed","error":{})"));
  EXPECT_TRUE(takes(R"("status":"failed","error":{})" + receipt));
  EXPECT_FALSE(takes(R"("status":"failed","response":{})" + receipt));
  EXPECT_FALSE(takes(R"("status":"running","error":{})"));
  EXPECT_FALSE(takes(R"("status":"failed","error":{},"receipt_salt":"x")")) << "salt alone";
  const auto other = NodeIdentity::generate(base::system_random());
  std::string foreign = R"({"job_id":"x","node_id":")" + other.node_id().text() +
                        R"(","status":"completed","response":{})" + receipt + "}";
  EXPECT_FALSE(takes_answer(padded(foreign))) << "another node's receipt";
  EXPECT_FALSE(encode_private_answer(
                   {client_job_id(), node().node_id(), AnswerStatus::completed, "{}", {}}, 0)
                   .ok());
}

}  // namespace
}  // namespace b3iq::protocol
