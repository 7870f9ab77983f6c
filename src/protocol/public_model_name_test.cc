#include "protocol/public_model_name.h"

#include <gtest/gtest.h>

#include <string>

namespace b3iq::protocol {
namespace {

TEST(PublicModelName, TakesTheNamesOfModels) {
  for (std::string_view good :
       {"llama3.1:8b", "m", "Qwen/Qwen2.5-7B-Instruct", "meta-llama/Llama-3.1-8B-Instruct",
        "qwen2.5", "phi-3.5-mini", "mistral:latest", "nomic-embed-text:v1.5", "gpt-oss:20b",
        "tinyllama-1.1b-q4_k_m.gguf", "deepseek-r1:14b-qwen-distill-q4_K_M", "library/llama3:8b"})
    EXPECT_TRUE(is_public_model_name(good)) << good;
}

TEST(PublicModelName, RefusesAddressesPathsAndAllElse) {
  for (std::string_view bad : {"",
                               " ",
                               "a b",
                               "a\n",
                               "\x1b[31m",
                               "\xC3\xA9",
                               "-a",
                               ".a",
                               "a..b",
                               "../a",
                               "a/../b",
                               "/a",
                               "a/",
                               "a//b",
                               "a/b/c",
                               "a:",
                               ":a",
                               "a:b:c",
                               "a\\b",
                               "a?b",
                               "a#b",
                               "a@b",
                               "a%2fb",
                               "a;b",
                               "localhost",
                               "LocalHost",
                               "localhost:11434",
                               "localhost:latest",
                               "localhost/m",
                               "127.0.0.1",
                               "127.0.0.1:8831",
                               "10.0.0.7/m",
                               "192.168.0.7:tag",
                               "host:11434",
                               "gpu-box.local",
                               "gpu-box.LAN:8b",
                               "nas.home.arpa",
                               "x.internal",
                               "x.localhost",
                               "example.com/model",
                               "hf.co/user/model",
                               "http://x",
                               "https://host/m",
                               "file:///etc/passwd",
                               "C:models",
                               "C:\\models",
                               "home/alice",
                               "Users/alice",
                               "/home/alice/m.gguf",
                               "mnt/models",
                               "root/m",
                               "Volumes/disk",
                               "1.2.3.4:v1"})
    EXPECT_FALSE(is_public_model_name(bad)) << bad;
  EXPECT_TRUE(is_public_model_name(std::string(kMaxPublicModelNameBytes, 'a')));
  EXPECT_FALSE(is_public_model_name(std::string(kMaxPublicModelNameBytes + 1, 'a')));
  EXPECT_FALSE(is_public_model_name(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace b3iq::protocol
