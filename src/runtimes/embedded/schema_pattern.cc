#include "runtimes/embedded/schema_pattern.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>
#include <vector>

namespace b3iq::runtimes {
namespace {

using Kind = PatternVerdict::Kind;

// What a backslash may stand before, outside of a class.
constexpr std::string_view kEscapable = "^$.[]()|{}*+?";

// In a JSON string these stand escaped, which a pattern's grammar knows nothing of.
bool breaks_json(std::uint32_t c) { return c < 0x20 || c == '"' || c == '\\'; }

PatternVerdict broken(std::string reason) { return {Kind::broken, std::move(reason)}; }
PatternVerdict ignored(std::string reason) { return {Kind::ignored, std::move(reason)}; }

PatternVerdict not_json(std::string what) {
  return broken(
      what.append(" can be a quote, a backslash or a control character, which would "
                  "break the JSON; name the characters, such as [a-zA-Z0-9 _-]"));
}

// Reads as the converter of llama.cpp does: json-schema-to-grammar.cpp, _pattern_to_rule. The first
// thing that it does not know makes it ignore the whole pattern; what breaks matters only when it
// reads on to the end.
class PatternReader {
 public:
  explicit PatternReader(std::string_view inside) : text_(inside) {}

  PatternVerdict read() {
    while (!ended() && !verdict_) step();
    if (verdict_) return *std::move(verdict_);
    if (depth_ > 0) return broken("a parenthesis is not closed");
    if (harm_) return *std::move(harm_);
    return {};
  }

 private:
  // What stands before, that a quantifier would repeat.
  enum class Before : std::uint8_t { nothing, literal, joined, group, repeated };

  bool ended() const { return at_ >= text_.size(); }
  char here() const { return text_[at_]; }
  void harm(PatternVerdict why) {
    if (!harm_) harm_ = std::move(why);
  }

  void step() {
    const char c = here();
    switch (c) {
      case '.':
        harm(not_json("'.'"));
        ++at_;
        before_ = Before::group;
        return;
      case '(':
        return open_group();
      case ')':
        return close_group();
      case '^':
      case '$':
        verdict_ = ignored("'^' and '$' can only be its first and last character");
        return;
      case '[':
        return read_class();
      case '|':
        ++at_;
        before_ = Before::nothing;
        return;
      case '*':
      case '+':
      case '?':
        ++at_;
        return repeat();
      case '{':
        return read_count();
      default:
        return read_character();
    }
  }

  void open_group() {
    ++at_;
    if (!ended() && here() == '?') {
      if (text_.substr(at_, 2) != "?:") {
        verdict_ = ignored("groups that begin with '(?' cannot be enforced, but for '(?:'");
        return;
      }
      at_ += 2;
    }
    if (++depth_ > kMaxPatternGroups) {
      verdict_ = broken("more than " + std::to_string(kMaxPatternGroups) +
                        " groups stand within each other; write fewer");
    }
    before_ = Before::nothing;
  }

  void close_group() {
    ++at_;
    if (--depth_ < 0) verdict_ = broken("a parenthesis is closed that was not opened");
    before_ = Before::group;
  }

  void repeat() {
    if (before_ == Before::nothing) verdict_ = broken("there is nothing to repeat");
    if (before_ == Before::joined) {
      harm(
          broken("a character with a backslash, or one outside of ASCII, cannot be repeated as it "
                 "stands; put it into a group: (\\.)*"));
    }
    if (before_ == Before::repeated) {
      harm(broken("a repetition is repeated; leave the second '*', '+', '?' or '{…}' out"));
    }
    before_ = Before::repeated;
  }

  void read_count() {
    const std::size_t end = text_.find('}', at_);
    if (end == std::string_view::npos) {
      verdict_ = ignored("'{' is not closed");
      return;
    }
    const std::string_view count = text_.substr(at_ + 1, end - at_ - 1);
    const std::size_t comma = std::min(count.find(','), count.size());
    const auto least = number(count.substr(0, comma));
    const std::string_view rest = comma < count.size() ? count.substr(comma + 1) : "";
    const auto most = rest.empty() ? least : number(rest);
    at_ = end + 1;
    repeat();
    if (verdict_) return;
    if (!least || !most) {
      harm(broken("write repetitions as {3}, {3,} or {3,7}"));
    } else if (*least > kMaxRepetitions || *most > kMaxRepetitions) {
      harm(broken("the limit is " + std::to_string(kMaxRepetitions) +
                  " repetitions; write a smaller number, or '*'"));
    } else if (*most < *least) {
      harm(broken("the first number of a repetition is larger than the second"));
    }
  }

  static std::optional<std::int64_t> number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range) return kMaxRepetitions + 1;
    if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < 0) {
      return std::nullopt;
    }
    return value;
  }

  // An escape that llama.cpp's grammars know: \xHH, \uHHHH, and a few letters. Nothing for others.
  std::optional<std::uint32_t> escape() {
    if (at_ + 1 >= text_.size()) return std::nullopt;
    const char letter = text_[at_ + 1];
    constexpr std::array<std::pair<char, char>, 8> kLetters = {{{'t', '\t'},
                                                                {'r', '\r'},
                                                                {'n', '\n'},
                                                                {'\\', '\\'},
                                                                {'"', '"'},
                                                                {'[', '['},
                                                                {']', ']'},
                                                                {'-', '-'}}};
    for (const auto& [name, meaning] : kLetters) {
      if (letter != name) continue;
      at_ += 2;
      return static_cast<std::uint32_t>(static_cast<unsigned char>(meaning));
    }
    const std::size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : 0;
    const std::string_view hex = text_.substr(at_ + 2, digits);
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
    if (digits == 0 || hex.size() != digits || error != std::errc() ||
        end != hex.data() + hex.size()) {
      return std::nullopt;
    }
    if (value >= 0xd800 && value <= 0xdfff) return std::nullopt;
    at_ += 2 + digits;
    return value;
  }

  PatternVerdict unknown_escape(std::string_view where) const {
    std::string reason("'");
    reason.append(text_.substr(at_, 2)).append("' cannot be enforced").append(where);
    return ignored(reason.append("; write the characters themselves, such as [0-9]"));
  }

  std::uint32_t code_point() {
    const auto lead = static_cast<unsigned char>(here());
    const int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    std::uint32_t value = more == 0 ? lead : lead & (0x3fu >> more);
    ++at_;
    for (int i = 0; i < more && !ended(); ++i, ++at_) {
      value = value << 6 | (static_cast<unsigned char>(here()) & 0x3fu);
    }
    return value;
  }

  // One character of a class; nothing when the verdict is said.
  std::optional<std::uint32_t> class_character() {
    if (here() != '\\') return code_point();
    const auto value = escape();
    if (!value) verdict_ = unknown_escape(" in a class");
    return value;
  }

  void read_class() {
    ++at_;
    const bool negated = !ended() && here() == '^';
    if (negated) ++at_;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> ranges;
    while (!ended() && here() != ']') {
      const auto from = class_character();
      if (!from) return;
      auto to = from;
      if (at_ + 1 < text_.size() && here() == '-' && text_[at_ + 1] != ']') {
        ++at_;
        to = class_character();
        if (!to) return;
      }
      if (*to < *from) harm(broken("a range of a class runs backwards"));
      ranges.emplace_back(*from, *to);
    }
    if (ended()) {
      verdict_ = broken("a class is not closed with ']'");
      return;
    }
    ++at_;
    if (ranges.empty()) harm(broken("a class is empty"));
    if (may_break(ranges, negated)) harm(not_json(negated ? "a class with '^'" : "a class"));
    before_ = Before::group;
  }

  static bool may_break(const std::vector<std::pair<std::uint32_t, std::uint32_t>>& ranges,
                        bool negated) {
    for (std::uint32_t c = 0; c <= '\\'; ++c) {
      if (!breaks_json(c)) continue;
      const bool named = std::ranges::any_of(
          ranges, [c](const auto& range) { return range.first <= c && c <= range.second; });
      if (named != negated) return true;
    }
    return false;
  }

  void read_character() {
    // The converter joins what follows a character with it, and would repeat both.
    const bool follows = before_ == Before::literal || before_ == Before::joined;
    const char c = here();
    if (c == ']' || c == '}') {
      verdict_ = ignored("']' and '}' stand alone; write a backslash before them");
      return;
    }
    if (c != '\\') {
      const std::uint32_t value = code_point();
      if (breaks_json(value)) harm(not_json("one of its characters"));
      before_ = value < 0x80 ? Before::literal : Before::joined;
      return;
    }
    if (at_ + 1 >= text_.size()) {
      verdict_ = broken("it ends with a backslash");
      return;
    }
    if (kEscapable.find(text_[at_ + 1]) != std::string_view::npos) {
      at_ += 2;
    } else {
      const auto value = escape();
      if (!value) {
        verdict_ = unknown_escape("");
        return;
      }
      if (breaks_json(*value)) harm(not_json("one of its characters"));
    }
    before_ = follows ? Before::joined : Before::literal;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  Before before_ = Before::nothing;
  std::optional<PatternVerdict> verdict_;
  std::optional<PatternVerdict> harm_;
};

}  // namespace

PatternVerdict judge_pattern(std::string_view pattern) {
  if (pattern.size() > kMaxPatternBytes) {
    return broken("it is longer than " + std::to_string(kMaxPatternBytes) + " bytes");
  }
  if (pattern.size() < 2 || pattern.front() != '^' || pattern.back() != '$') {
    return ignored(
        "only a pattern of the whole text can be enforced: begin it with '^' and end it "
        "with '$'");
  }
  return PatternReader(pattern.substr(1, pattern.size() - 2)).read();
}

}  // namespace b3iq::runtimes
