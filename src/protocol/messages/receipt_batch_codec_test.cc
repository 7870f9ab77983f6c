#include "protocol/messages/receipt_batch.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "protocol/identity.h"

namespace b3iq::protocol {
namespace {

using base::ErrorCode;

OutgoingReceipt receipt_of(const NodeIdentity& node) {
  Receipt receipt;
  receipt.node_id = node.node_id();
  receipt.job_id = JobId::make(1'795'253'400'123, base::system_random());
  receipt.model_id = receipt.model_profile_id = "m";
  receipt.runtime_kind = "embedded";
  receipt.completed_at_ms = 1'795'253'400'123;
  const auto encoded = encode_receipt(receipt);
  return {receipt_hash_text(encoded.hash), sign_encoded_receipt(encoded.document, node)};
}

TEST(ReceiptBatch, IsReadAsItWasWritten) {
  const auto node = NodeIdentity::generate(base::system_random());
  const OutgoingReceipt sent[] = {receipt_of(node), receipt_of(node)};
  const auto read = decode_receipt_batch(encode_receipt_batch(sent));
  ASSERT_TRUE(read.ok()) << read.error().detail;
  ASSERT_EQ(read->size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& one = (*read)[i];
    EXPECT_EQ(receipt_hash_text(one.claimed_hash), sent[i].receipt_hash);
    ASSERT_TRUE(one.receipt.ok());
    EXPECT_EQ(encode_receipt(one.receipt->receipt).hash, one.claimed_hash);
    EXPECT_TRUE(verify_receipt(*one.receipt, node.public_key()).ok());
  }
}

TEST(ReceiptBatch, OneBadReceiptDoesNotSpoilTheOthers) {
  const auto node = NodeIdentity::generate(base::system_random());
  auto bad = receipt_of(node);
  bad.signed_receipt = R"({"type":"b3iq-receipt-v1"})";
  const OutgoingReceipt sent[] = {bad, receipt_of(node)};
  const auto read = decode_receipt_batch(encode_receipt_batch(sent));
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(read->at(0).receipt.error().code, ErrorCode::invalid_request);
  EXPECT_TRUE(read->at(1).receipt.ok());
}

TEST(ReceiptBatch, WhatIsNoBatchIsRefused) {
  const auto node = NodeIdentity::generate(base::system_random());
  const auto good = receipt_of(node);
  const std::string item =
      R"({"receipt_hash":")" + good.receipt_hash + R"(","receipt":)" + good.signed_receipt + "}";
  EXPECT_TRUE(decode_receipt_batch(R"({"receipts":[)" + item + "]}").ok());
  const std::string plus = item.substr(0, item.size() - 1);
  for (const std::string& body :
       {std::string("[]"), std::string("{}"), std::string(R"({"receipts":[]})"),
        R"({"receipts":[)" + item + R"(],"prompt":"x"})",
        R"({"receipts":[)" + plus + R"(,"salt":"x"}]})",
        R"({"receipts":[{"receipt":)" + good.signed_receipt + "}]}",
        std::string(R"({"receipts":[{"receipt_hash":"0x12","receipt":{}}]})"),
        std::string(R"({"receipts":["x"]})")})
    EXPECT_EQ(decode_receipt_batch(body).error().code, ErrorCode::invalid_request) << body;
  const std::vector<OutgoingReceipt> many(kMaxReceiptsInBatch + 1, good);
  EXPECT_FALSE(decode_receipt_batch(encode_receipt_batch(many)).ok());
  EXPECT_EQ(decode_receipt_batch(std::string(kMaxReceiptBatchBytes + 1, ' ')).error().code,
            ErrorCode::payload_too_large);
}

TEST(ReceiptBatch, AnswersAreReadAsTheyWereWritten) {
  ReceiptBatchAnswer answer;
  answer.server_time_ms = 1'795'253'400'123;
  ReceiptAnswer accepted;
  accepted.receipt_hash[0] = 1;
  accepted.outcome = ReceiptOutcome::accepted;
  accepted.log_index = 7;
  ReceiptAnswer there = accepted;
  there.outcome = ReceiptOutcome::already_there;
  there.status = ReceiptStatus::accepted;
  ReceiptAnswer refused;
  refused.code = ErrorCode::receipt_hash_mismatch;
  refused.detail = "another";
  answer.receipts = {accepted, there, refused};
  const auto text = encode_receipt_batch_answer(answer);
  const auto read = decode_receipt_batch_answer(text);
  ASSERT_TRUE(read.ok()) << read.error().detail;
  EXPECT_EQ(encode_receipt_batch_answer(*read), text);
  EXPECT_EQ(read->receipts[1].status, ReceiptStatus::accepted);
  EXPECT_EQ(read->receipts[2].code, ErrorCode::receipt_hash_mismatch);
  EXPECT_FALSE(decode_receipt_batch_answer("{}").ok());
}

}  // namespace
}  // namespace b3iq::protocol
