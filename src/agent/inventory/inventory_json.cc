#include "agent/inventory/inventory_json.h"

#include <type_traits>

#include "base/bytes.h"
#include "base/check.h"
#include "crypto/sha256.h"

namespace b3iq::agent::inventory {
namespace {

using base::Error;
using base::ErrorCode;
using base::Result;
using base::Status;

class FieldWriter {
 public:
  FieldWriter(json::Writer& out, bool live_too, std::size_t longest_text = kMaxTextBytes)
      : out_(out), live_too_(live_too), longest_text_(longest_text) {}

  template <class T>
  void field(std::string_view name, T& value, Pace pace = Pace::slow) {
    if (pace == Pace::live && !live_too_) return;
    out_.key(name);
    put(value);
  }
  template <class S>
  void put_struct(S& s) {
    out_.begin_object();
    describe(*this, s);
    out_.end_object();
  }

 private:
  template <class T>
  void put(std::optional<T>& value) {
    value ? put(*value) : out_.null();
  }
  template <class T>
  void put(std::vector<T>& list) {
    out_.begin_array();
    for (T& item : list) put(item);
    out_.end_array();
  }
  template <class T>
  void put(T& value) {
    if constexpr (std::is_class_v<T> && !std::is_same_v<T, std::string>) {
      put_struct(value);
    } else if constexpr (std::is_same_v<T, std::string>) {
      out_.value(std::string_view(value).substr(0, longest_text_));
    } else {
      out_.value(value);
    }
  }

  json::Writer& out_;
  bool live_too_;
  std::size_t longest_text_;
};

// A driver's text may hold a terminal's escape sequences.
std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = '?';
  }
  return out;
}

class FieldReader {
 public:
  explicit FieldReader(json::Value object) : object_(object) {}

  template <class T>
  void field(std::string_view name, T& value, Pace = Pace::slow) {
    if (!fault_.empty()) return;
    ++fields_;
    const json::Value member = object_.find(name);
    if (!member || !get(member, value)) fail(name);
  }
  // The path of what was wrong; empty when nothing was.
  template <class S>
  std::string read(S& s) {
    if (!object_.is_object()) return "(not an object)";
    describe(*this, s);
    if (fault_.empty() && fields_ != object_.size()) return "(an unknown member)";
    return fault_;
  }

 private:
  void fail(std::string_view name) {
    fault_ = std::string(name) + (inner_.empty() ? "" : "." + inner_);
  }
  template <class T>
  bool get(json::Value from, std::optional<T>& value) {
    value.reset();
    if (from.is_null()) return true;
    T inside{};
    if (!get(from, inside)) return false;
    value = std::move(inside);
    return true;
  }
  template <class T>
  bool get(json::Value from, std::vector<T>& list) {
    if (!from.is_array() || from.size() > kMaxListItems) return false;
    list.resize(from.size());
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (!get(from.at(i), list[i])) return false;
    }
    return true;
  }
  bool get(json::Value from, std::string& text) {
    const auto found = from.string();
    if (!found || found->size() > kMaxTextBytes) return false;
    text = printable(*found);
    return true;
  }
  bool get(json::Value from, std::int64_t& number) {
    const auto found = from.integer();
    if (found) number = *found;
    return found.has_value();
  }
  bool get(json::Value from, bool& flag) {
    const auto found = from.boolean();
    if (found) flag = *found;
    return found.has_value();
  }
  template <class S>
    requires std::is_class_v<S>
  bool get(json::Value from, S& s) {
    inner_ = FieldReader(from).read(s);
    return inner_.empty();
  }

  json::Value object_;
  std::size_t fields_ = 0;
  std::string fault_;
  std::string inner_;
};

template <class S>
std::string text_of(const S& report) {
  std::string text;
  json::Writer writer(text);
  S copy = report;
  FieldWriter(writer, true, kReportTextBytes).put_struct(copy);
  text.push_back('\n');
  return text;
}

template <class S>
Result<S> read_report(std::string_view text) {
  auto document = json::Document::parse(text, {.max_bytes = kMaxReportBytes, .max_depth = 8});
  if (!document.ok())
    return Error(ErrorCode::corrupt, "The report is not JSON: " + document.error().detail);
  S report;
  const std::string fault = FieldReader(document->root()).read(report);
  if (!fault.empty())
    return Error(ErrorCode::corrupt, "The report is not as it should be at '" + fault + "'.");
  return report;
}

}  // namespace

void write_inventory(json::Writer& writer, const Inventory& inventory) {
  Inventory copy = inventory;
  FieldWriter(writer, true).put_struct(copy);
}

std::string report_text(const MachineReport& report) { return text_of(report); }
std::string report_text(const TopologyReport& report) { return text_of(report); }
std::string report_text(const GpuReport& report) { return text_of(report); }
std::string report_text(const DiskReport& report) { return text_of(report); }

Result<MachineReport> read_machine_report(std::string_view text) {
  return read_report<MachineReport>(text);
}
Result<TopologyReport> read_topology_report(std::string_view text) {
  return read_report<TopologyReport>(text);
}
Result<GpuReport> read_gpu_report(std::string_view text) { return read_report<GpuReport>(text); }
Result<DiskReport> read_disk_report(std::string_view text) { return read_report<DiskReport>(text); }

std::string content_hash(const Inventory& inventory) {
  std::string text;
  json::Writer writer(text);
  Inventory copy = inventory;
  FieldWriter(writer, false).put_struct(copy);
  const auto document = json::Document::parse(text);
  B3_CHECK(document.ok());
  // Numbers past 2^53 have no canonical form; remove_impossible() leaves none.
  const auto canonical = json::canonical(document->root());
  const auto digest = crypto::sha256(canonical.ok() ? *canonical : text);
  return "sha256:" + base::to_hex(digest);
}

}  // namespace b3iq::agent::inventory
