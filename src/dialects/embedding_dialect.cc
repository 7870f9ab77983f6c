#include "dialects/embedding_dialect.h"

#include <array>
#include <charconv>

namespace b3iq::dialects {
namespace {
constexpr std::size_t kMaxFloatText = 24;
}  // namespace

void append_numbers(std::string& out, const std::vector<float>& vector) {
  out.push_back('[');
  std::array<char, kMaxFloatText> text{};
  for (std::size_t i = 0; i < vector.size(); ++i) {
    if (i > 0) out.push_back(',');
    const auto written = std::to_chars(text.data(), text.data() + text.size(), vector[i]);
    out.append(text.data(), written.ptr);
  }
  out.push_back(']');
}

}  // namespace b3iq::dialects
