#include "dialects/ollama_options.h"

#include <algorithm>
#include <array>
#include <limits>

#include "inference/openai_request.h"

namespace b3iq::dialects {
namespace {

using base::Status;
using inference::invalid_value;
using inference::Path;
using inference::unsupported_value;
using inference::wrong_type;
using json::Value;

using Write = Status (*)(json::Writer&, Value, const Path&);

constexpr std::int64_t kMaxTopK = 1'000'000;
constexpr double kLargestPenalty = 1e6;

template <int Least, int Most>
Status write_number(json::Writer& w, Value value, const Path& path) {
  TRY(const double number, inference::read_number(value, path, Least, Most));
  w.member(path.name, number);
  return {};
}

Status write_repeat_penalty(json::Writer& w, Value value, const Path& path) {
  TRY(const double number, inference::read_number(value, path, 0, kLargestPenalty));
  if (number <= 0) return invalid_value(path, "the value must be above 0");
  w.member("repeat_penalty", number);
  return {};
}

Status write_top_k(json::Writer& w, Value value, const Path& path) {
  TRY(const auto number, inference::read_integer(value, path, 0, kMaxTopK));
  w.member("top_k", number);
  return {};
}

Status write_seed(json::Writer& w, Value value, const Path& path) {
  TRY(const auto number,
      inference::read_integer(value, path, std::numeric_limits<std::int64_t>::min(),
                              std::numeric_limits<std::int64_t>::max()));
  w.member("seed", number);
  return {};
}

// -1 and -2 mean "until the model or its context ends": what no limit means here.
Status write_num_predict(json::Writer& w, Value value, const Path& path) {
  TRY(const auto number, inference::read_integer(value, path, -2, inference::kMaxTokensAsked));
  if (number == 0) return invalid_value(path, "no token at all cannot be asked for");
  if (number > 0) w.member("max_tokens", number);
  return {};
}

Status write_stop_text(json::Writer& w, Value value, const Path& path) {
  TRY(const std::string_view text, inference::read_string(value, path));
  if (text.empty() || text.size() > inference::kMaxStopBytes) {
    return invalid_value(path, "a stop sequence has 1 to 1024 bytes");
  }
  w.value(text);
  return {};
}

Status write_stop(json::Writer& w, Value value, const Path& path) {
  if (!value.is_array() && !value.is_string()) {
    return wrong_type(path, "an array of strings", value);
  }
  if (value.size() > inference::kMaxStopStrings) {
    return invalid_value(path, "at most 4 stop sequences can be given");
  }
  w.key("stop");
  if (value.is_string()) return write_stop_text(w, value, path);
  w.begin_array();
  for (std::size_t i = 0; i < value.size(); ++i) {
    TRY_OK(write_stop_text(w, value.at(i), path.element(i)));
  }
  w.end_array();
  return {};
}

struct Option {
  std::string_view name;
  Write write;
};

constexpr std::array kOptions = {
    Option{"frequency_penalty", write_number<-2, 2>},
    Option{"min_p", write_number<0, 1>},
    Option{"num_predict", write_num_predict},
    Option{"presence_penalty", write_number<-2, 2>},
    Option{"repeat_penalty", write_repeat_penalty},
    Option{"seed", write_seed},
    Option{"stop", write_stop},
    Option{"temperature", write_number<0, 2>},
    Option{"top_k", write_top_k},
    Option{"top_p", write_number<0, 1>},
};

// How a server loads a model: the owner's business here.
constexpr std::array<std::string_view, 11> kOfTheServer = {
    "num_ctx", "num_keep", "num_batch", "num_gpu",  "main_gpu", "num_thread",
    "numa",    "use_mmap", "use_mlock", "low_vram", "f16_kv"};

}  // namespace

Status write_ollama_options(json::Writer& w, Value options, const Path& path) {
  TRY_OK(inference::expect_object(options, path));
  for (std::size_t i = 0; i < options.size(); ++i) {
    const Value::Member member = options.member(i);
    if (member.value.is_null() ||
        std::ranges::find(kOfTheServer, member.name) != kOfTheServer.end())
      continue;
    const Path here = path.member(member.name);
    const auto* const option = std::ranges::find(kOptions, member.name, &Option::name);
    if (option == kOptions.end()) {
      return unsupported_value(here,
                               "it is not known here and may change the answer; leave it out");
    }
    TRY_OK(option->write(w, member.value, here));
  }
  return {};
}

}  // namespace b3iq::dialects
