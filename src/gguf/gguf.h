// What a GGUF file says about the model in it, read without loading it and without trusting it:
// file versions 2 and 3, little-endian. Pure but for the file read; any thread.
//
//   file    = "GGUF" version:u32 tensors:u64 pairs:u64 pair* tensor* padding data
//   pair    = key:string type:u32 value          string = length:u64 bytes
//   tensor  = name:string n:u32 dimension:u64{n} type:u32 offset:u64
//   value   = number | string | element-type:u32 count:u64 value{count}
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace b3iq::gguf {

inline constexpr std::uint64_t kMaxPairs = 4096;
inline constexpr std::uint64_t kMaxTensors = 65'536;
inline constexpr std::uint64_t kMaxKeyBytes = 1024;
inline constexpr std::uint64_t kMaxTensorNameBytes = 128;
inline constexpr std::uint64_t kMaxStringBytes = 16 * 1024 * 1024;
inline constexpr std::uint64_t kMaxKeptTextBytes = 4096;  // a longer name or licence is left out
inline constexpr std::uint64_t kMaxArrayItems = 16 * 1024 * 1024;
inline constexpr std::uint64_t kMaxKeptNumbers = 4096;  // per-layer lists
inline constexpr int kMaxArrayDepth = 3;
inline constexpr int kMaxDimensions = 4;
inline constexpr std::uint64_t kMaxDimension = std::uint64_t{1} << 40;
inline constexpr std::uint64_t kMaxAlignment = 1024 * 1024;

struct Limits {
  // Bytes that are read at most, wherever in the file they are. A large vocabulary takes some 12
  // MB.
  std::uint64_t max_read_bytes = 128 * 1024 * 1024;
};

enum class ModelKind : std::uint8_t {
  text,              // generates text
  embedding,         // makes vectors
  reranker,          // scores pairs
  vision_projector,  // the second file of a vision or audio model ("mmproj")
  adapter            // LoRA
};
std::string_view kind_name(ModelKind kind);

// llama.cpp's numbers of `pooling_type`.
inline constexpr std::uint32_t kPoolingNone = 0;
inline constexpr std::uint32_t kPoolingMean = 1;
inline constexpr std::uint32_t kPoolingLast = 3;
inline constexpr std::uint32_t kPoolingRank = 4;
// What a model that is neither projector nor adapter is for.
ModelKind kind_by_shape(std::string_view architecture, std::optional<std::uint32_t> pooling,
                        std::optional<bool> causal);

struct Split {
  std::uint32_t index = 0;  // from 0
  std::uint32_t count = 1;
  std::optional<std::uint64_t> tensors_in_all;
};

struct Facts {
  std::uint32_t version = 0;
  ModelKind kind = ModelKind::text;
  std::string architecture;  // "llama"
  std::optional<std::string> name, size_label, type, license, license_name, license_link;
  std::optional<std::uint32_t> file_type;
  std::optional<std::string> quantization;  // the file type's name: "Q4_K_M"

  std::optional<std::uint64_t> context_length, embedding_length, layers, heads, feed_forward_length;
  std::optional<std::uint64_t> kv_heads;                  // the most of any layer
  std::optional<std::uint64_t> kv_heads_sum;              // over all layers
  std::optional<std::uint64_t> key_length, value_length;  // of one head
  std::optional<std::uint64_t> sliding_window, experts, experts_used;
  std::optional<std::uint32_t> pooling;  // 0 none, 1 mean, 2 cls, 3 last, 4 rank
  std::optional<bool> causal;

  bool has_chat_template = false;
  std::optional<std::string> tokenizer;  // "gpt2"
  std::optional<std::uint64_t> vocabulary;
  bool sees = false;   // of a projector: images
  bool hears = false;  // of a projector: audio
  std::optional<Split> split;

  std::uint64_t tensors = 0;
  std::uint64_t parameters = 0;                     // elements of all tensors of this file
  std::optional<std::uint64_t> tensor_bytes;        // unknown when a tensor's type is
  std::uint64_t data_offset = 0;                    // where the tensors' data begins
  std::vector<std::uint32_t> unknown_tensor_types;  // at most a few
};

// The file. Errors: file_failed when it cannot be opened or is no regular file; corrupt, saying
// what is wrong at which byte, also when it is shorter than its tensors (a download that was cut).
base::Result<Facts> read_file(const std::string& path, const Limits& limits = {});

// The beginning of a file, at least to the end of its tensor list. `file_bytes`, when known, is the
// whole file's length, and is checked as above.
base::Result<Facts> read_bytes(base::ByteView bytes, std::optional<std::uint64_t> file_bytes,
                               const Limits& limits = {});

}  // namespace b3iq::gguf
