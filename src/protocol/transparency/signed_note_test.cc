#include "protocol/transparency/signed_note.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "protocol/transparency/log_checkpoint.h"
#include "protocol/transparency/log_proof.h"

namespace b3iq::protocol {
namespace {

using base::ErrorCode;

// The example that other implementations of notes test with.
constexpr std::string_view kVerifier =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kText =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n";
constexpr std::string_view kLine =
    "\xe2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    "\n";

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const auto part : parts) text += part;
  return text;
}

TEST(SignedNote, AKnownNoteOpens) {
  const auto verifier = parse_note_verifier(kVerifier);
  ASSERT_TRUE(verifier.ok()) << verifier.error().detail;
  EXPECT_EQ(encode_note_verifier(*verifier), kVerifier);
  const auto note = joined({kText, "\n", kLine});
  const auto text = open_note(note, *verifier);
  ASSERT_TRUE(text.ok()) << text.error().detail;
  EXPECT_EQ(*text, kText);
}

TEST(SignedNote, SignaturesOfOthersAreLeftAlone) {
  const auto verifier = parse_note_verifier(kVerifier);
  const auto stranger =
      joined({"\xe2\x80\x94 stranger.example ", base::to_base64(base::Bytes(90, 7)), "\n"});
  EXPECT_TRUE(open_note(joined({kText, "\n", stranger, kLine, stranger}), *verifier).ok());
  // The same name with another key id is another key.
  auto other = std::string(kLine);
  other.replace(other.find("x08g"), 4, "AAAA");
  EXPECT_TRUE(open_note(joined({kText, "\n", other, kLine}), *verifier).ok());
  EXPECT_EQ(open_note(joined({kText, "\n", stranger, other}), *verifier).error().code,
            ErrorCode::invalid_signature);
}

TEST(SignedNote, WhatIsNoNoteIsRefused) {
  const auto verifier = parse_note_verifier(kVerifier);
  const std::string note = joined({kText, "\n", kLine});
  for (std::size_t i = 0; i < note.size(); ++i) {
    auto changed = note;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(open_note(changed, *verifier).ok()) << i;
    EXPECT_FALSE(open_note(note.substr(0, i), *verifier).ok()) << i;
  }
  std::string many = joined({kText, "\n"});
  for (std::size_t i = 0; i <= kMaxNoteSignatures; ++i) many += kLine;
  EXPECT_EQ(open_note(many, *verifier).error().code, ErrorCode::invalid_request);
  EXPECT_FALSE(open_note(joined({kText, "\r\n", kLine}), *verifier).ok());
  EXPECT_FALSE(open_note(joined({kText, "\n", kLine, "x"}), *verifier).ok());
}

TEST(SignedNote, NamesHaveNoSpaces) {
  for (const std::string_view name : {"example.com/log", "b3c_x/receipts/b3l_y", "Äther"})
    EXPECT_TRUE(valid_note_key_name(name)) << name;
  for (const std::string_view name : {"", "a b", "a+b", "a\tb",
                                      "a\xc2\xa0"
                                      "b",
                                      "a\xe2\x80\x85", "a\xe3\x80\x80", "a\xff", "a\nb"})
    EXPECT_FALSE(valid_note_key_name(name)) << name;
  for (const std::string_view key :
       {"", "PeterNeumann", "PeterNeumann+c74f20a3",
        "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+Ahpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "Peter Neumann+c74f20a3+ARpc"})
    EXPECT_EQ(parse_note_verifier(key).error().code, ErrorCode::invalid_request) << key;
}

const crypto::Ed25519SecretKey& key() {
  static const auto made = crypto::Ed25519SecretKey::from_seed(std::array<std::uint8_t, 32>{9});
  return made;
}
const NoteVerifier& log_key() {
  static const NoteVerifier made{"example.com/log", key().public_key()};
  return made;
}

TEST(LogCheckpoint, OpensAsItWasSigned) {
  const Checkpoint checkpoint{"example.com/log", {70'000, empty_tree_root()}};
  const auto note = sign_checkpoint(checkpoint, key());
  const auto opened = open_checkpoint(note, log_key());
  ASSERT_TRUE(opened.ok()) << opened.error().detail;
  EXPECT_EQ(*opened, checkpoint);
  EXPECT_EQ(checkpoint_text(checkpoint),
            "example.com/log\n70000\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
}

TEST(LogCheckpoint, AnotherLogsIsRefused) {
  const Checkpoint other{"example.com/other", empty_tree_head()};
  // Signed by the right key under the log's name, for another origin.
  const auto note = sign_note(checkpoint_text(other), "example.com/log", key());
  EXPECT_EQ(open_checkpoint(note, log_key()).error().code, ErrorCode::invalid_signature);
}

TEST(LogCheckpoint, TextsHaveOneSpelling) {
  const std::string root = base::to_base64(empty_tree_root());
  EXPECT_TRUE(parse_checkpoint_text("o\n0\n" + root + "\n").ok());
  EXPECT_TRUE(parse_checkpoint_text("o\n0\n" + root + "\nextension\n").ok());
  for (const std::string& text :
       {std::string(), "o\n0\n" + root, "\n0\n" + root + "\n", "o\n00\n" + root + "\n",
        "o\n01\n" + root + "\n", "o\n-1\n" + root + "\n", "o\n+1\n" + root + "\n",
        "o\n\n" + root + "\n", "o\n9007199254740992\n" + root + "\n", std::string("o\n0\nAAAA\n"),
        "o\n0\n" + root + "\n\n", "o\n0 \n" + root + "\n", std::string("o\n0\n")})
    EXPECT_EQ(parse_checkpoint_text(text).error().code, ErrorCode::invalid_request) << text;
}

TEST(LogProof, IsReadAsItWasWritten) {
  LogProof proof{
      5, {TreeHash{1}, TreeHash{2}}, sign_checkpoint({"example.com/log", {8, TreeHash{3}}}, key())};
  const auto text = encode_log_proof(proof);
  const auto parsed = parse_log_proof(text);
  ASSERT_TRUE(parsed.ok()) << parsed.error().detail;
  EXPECT_EQ(encode_log_proof(*parsed), text);
  EXPECT_EQ(verify_log_proof(*parsed, TreeHash{}, log_key()).error().code,
            ErrorCode::invalid_signature);
  auto with_extra = text;
  with_extra.insert(text.find("index"), "extra AAAA\n");
  ASSERT_TRUE(parse_log_proof(with_extra).ok());
  EXPECT_EQ(encode_log_proof(*parse_log_proof(with_extra)), text);
  for (const auto& [from, to] :
       {std::pair("c2sp", "C2SP"), std::pair("index 5", "index 05"),
        std::pair("index 5", "index -5"), std::pair("index 5\n", ""), std::pair("AQAA", "AQ A")}) {
    auto changed = text;
    changed.replace(changed.find(from), std::string_view(from).size(), to);
    EXPECT_EQ(parse_log_proof(changed).error().code, ErrorCode::invalid_request) << to;
  }
}

}  // namespace
}  // namespace b3iq::protocol
