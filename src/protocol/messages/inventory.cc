#include "protocol/messages/inventory.h"

#include <algorithm>

#include "protocol/document_writer.h"
#include "protocol/member_reader.h"
#include "protocol/messages/enrollment.h"
#include "protocol/messages/inventory_fields.h"
#include "protocol/messages/readiness_codec.h"

namespace b3iq::protocol {
namespace {

constexpr json::Limits kReportLimits{.max_bytes = kMaxInventoryBytes, .max_depth = 8};
constexpr json::Limits kAnswerLimits{.max_bytes = kMaxInventoryAnswerBytes, .max_depth = 16};
constexpr std::string_view kWhat = "An inventory";
constexpr std::string_view kTextForm =
    "must be null or 1 to 128 bytes of text without control characters, and no path or address";

// What would tell where things are on the machine or in its network.
bool tells_a_place(std::string_view text) {
  return text.starts_with('/') || text.starts_with('\\') ||
         text.find("://") != std::string_view::npos;
}

bool is_inventory_text(std::string_view text) {
  return is_printable(text, kMaxInventoryTextBytes) && !tells_a_place(text);
}

bool is_feature(std::string_view text) {
  return !text.empty() && text.size() <= kMaxCpuFeatureBytes &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
                  c == '-';
         });
}

// A text or a count that cannot stand in an inventory is written as not known.
class FieldWriter {
 public:
  explicit FieldWriter(json::Writer& writer) : writer_(writer) {}

  template <class S>
  void object(const S& s) {
    writer_.begin_object();
    describe(*this, s);
    writer_.end_object();
  }
  void field(std::string_view name, const InventoryText& value) {
    write_nullable(writer_, name, value && is_inventory_text(*value) ? value : InventoryText());
  }
  void field(std::string_view name, const InventoryCount& value) {
    const bool fits = value && *value >= 0 && *value <= kLargestWireInteger;
    write_nullable(writer_, name, fits ? value : InventoryCount());
  }
  void field(std::string_view name, const InventoryFlag& value) {
    write_nullable(writer_, name, value);
  }
  void field(std::string_view name, const std::optional<std::vector<std::string>>& value) {
    writer_.key(name);
    if (!value) return writer_.null();
    writer_.begin_array();
    std::size_t left = kMaxCpuFeatures;
    for (const std::string& text : *value) {
      if (!is_feature(text) || left == 0) continue;
      writer_.value(text);
      --left;
    }
    writer_.end_array();
  }
  void field(std::string_view name, const std::optional<std::vector<InventoryGpu>>& value) {
    list(name, value, kMaxInventoryGpus);
  }
  void field(std::string_view name, const std::optional<std::vector<InventoryDisk>>& value) {
    list(name, value, kMaxInventoryDisks);
  }
  template <class S>
  void field(std::string_view name, const S& value) {
    writer_.key(name);
    object(value);
  }

 private:
  template <class S>
  void list(std::string_view name, const std::optional<std::vector<S>>& value, std::size_t max) {
    writer_.key(name);
    if (!value) return writer_.null();
    writer_.begin_array();
    for (std::size_t i = 0; i < std::min(max, value->size()); ++i) object((*value)[i]);
    writer_.end_array();
  }

  json::Writer& writer_;
};

// Keeps the first error; what follows it is not read.
class FieldReader {
 public:
  template <class S>
  static base::Result<S> read(json::Value value) {
    TRY(auto in, MemberReader::open(value, kWhat));
    FieldReader reader(in);
    S out;
    describe(reader, out);
    TRY_OK(std::move(reader.status_));
    TRY_OK(in.done());
    return out;
  }
  void field(std::string_view name, InventoryText& out) {
    if (failed()) return;
    if (in_.is_null(name)) return static_cast<void>(in_.take(name));
    keep(in_.formed(name, is_inventory_text, kTextForm), out);
  }
  void field(std::string_view name, InventoryCount& out) {
    if (!failed()) keep(in_.nullable_integer(name, 0, kLargestWireInteger), out);
  }
  void field(std::string_view name, InventoryFlag& out) {
    if (!failed()) keep(in_.nullable_flag(name), out);
  }
  void field(std::string_view name, std::optional<std::vector<std::string>>& out) {
    list<std::string>(name, out, kMaxCpuFeatures, [&](json::Value v) -> base::Result<std::string> {
      const auto text = v.string();
      if (!text || !is_feature(*text)) return in_.refused(name, "has an entry that is no feature");
      return std::string(*text);
    });
  }
  void field(std::string_view name, std::optional<std::vector<InventoryGpu>>& out) {
    list<InventoryGpu>(name, out, kMaxInventoryGpus, &FieldReader::read<InventoryGpu>);
  }
  void field(std::string_view name, std::optional<std::vector<InventoryDisk>>& out) {
    list<InventoryDisk>(name, out, kMaxInventoryDisks, &FieldReader::read<InventoryDisk>);
  }
  template <class S>
  void field(std::string_view name, S& out) {
    if (failed()) return;
    auto value = in_.object(name);
    if (!value.ok()) return fail(std::move(value).error());
    keep(read<S>(*value), out);
  }

 private:
  explicit FieldReader(MemberReader& in) : in_(in) {}
  bool failed() const { return !status_.ok(); }
  void fail(base::Error error) { status_ = std::move(error); }
  template <class T, class Out>
  void keep(base::Result<T> result, Out& out) {
    if (!result.ok()) return fail(std::move(result).error());
    out = std::move(result).value();
  }
  template <class T, class Read>
  void list(std::string_view name, std::optional<std::vector<T>>& out, std::size_t max, Read read) {
    if (failed()) return;
    if (in_.is_null(name)) return static_cast<void>(in_.take(name));
    auto values = in_.list(name, max);
    if (!values.ok()) return fail(std::move(values).error());
    out.emplace();
    for (std::size_t i = 0; i < values->size() && !failed(); ++i) {
      auto item = read(values->at(i));
      if (!item.ok()) return fail(std::move(item).error());
      out->push_back(std::move(item).value());
    }
  }

  MemberReader& in_;
  base::Status status_;
};

base::Result<std::optional<crypto::Sha256Digest>> read_hash(MemberReader& in,
                                                            std::string_view name) {
  if (in.is_null(name)) return std::optional<crypto::Sha256Digest>();
  TRY(const auto hash, in.bytes<32>(name));
  return std::optional<crypto::Sha256Digest>(hash);
}

void write_hash(json::Writer& w, std::string_view name,
                const std::optional<crypto::Sha256Digest>& hash) {
  if (hash) return write_bytes(w, name, *hash);
  w.key(name);
  w.null();
}

}  // namespace

std::int64_t free_space_steps_gib(std::int64_t free_bytes) {
  constexpr std::int64_t kStep = kFreeSpaceStepGib << 30;
  return std::max<std::int64_t>(free_bytes, 0) / kStep * kFreeSpaceStepGib;
}

InventoryText inventory_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) out.push_back(c);
  }
  if (out.size() > kMaxInventoryTextBytes) out.resize(kMaxInventoryTextBytes);
  // A cut may have gone through a character.
  while (!out.empty() && !base::valid_utf8(out)) out.pop_back();
  if (!is_inventory_text(out)) return std::nullopt;
  return out;
}

std::string canonical_inventory(const NodeInventory& inventory) {
  std::string out;
  json::Writer w(out);
  FieldWriter(w).object(inventory);
  return canonical_text(out);
}

std::string canonical_readiness(const NodeReadiness& readiness) {
  std::string out;
  json::Writer w(out);
  write_readiness(w, readiness);
  return canonical_text(out);
}

crypto::Sha256Digest inventory_hash(const NodeInventory& inventory) {
  return crypto::sha256(canonical_inventory(inventory));
}

crypto::Sha256Digest readiness_hash(const NodeReadiness& readiness) {
  return crypto::sha256(canonical_readiness(readiness));
}

std::string encode_inventory_report(const InventoryReport& report) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  write_integer(w, "boot_epoch", report.boot_epoch);
  if (report.inventory) {
    w.key("inventory");
    w.raw(canonical_inventory(*report.inventory));
  }
  if (report.readiness) {
    w.key("readiness");
    w.raw(canonical_readiness(*report.readiness));
  }
  w.end_object();
  return out;
}

base::Result<InventoryReport> decode_inventory_report(std::string_view body) {
  TRY(const auto document, json::Document::parse(body, kReportLimits));
  TRY(auto in, MemberReader::open(document.root(), "An inventory report"));
  InventoryReport report;
  TRY(report.boot_epoch, in.integer("boot_epoch", 1, kMaxBootEpoch));
  if (in.has("inventory")) {
    TRY(report.inventory, FieldReader::read<NodeInventory>(in.take("inventory")));
  }
  if (in.has("readiness")) {
    TRY(report.readiness, decode_readiness(in.take("readiness")));
  }
  TRY_OK(in.done());
  if (!report.inventory && !report.readiness)
    return in.refused("inventory", "or its readiness must be there");
  return report;
}

base::Result<NodeInventory> read_inventory(std::string_view text) {
  TRY(const auto document, json::Document::parse(text, kReportLimits));
  return FieldReader::read<NodeInventory>(document.root());
}

base::Result<NodeReadiness> read_readiness(std::string_view text) {
  TRY(const auto document, json::Document::parse(text, kReportLimits));
  return decode_readiness(document.root());
}

std::string encode_inventory_answer(const InventoryAnswer& answer) {
  std::string out;
  json::Writer w(out);
  w.begin_object();
  write_time(w, "server_time", answer.server_time_ms);
  write_hash(w, "inventory_hash", answer.inventory_hash);
  write_hash(w, "readiness_hash", answer.readiness_hash);
  w.end_object();
  return out;
}

base::Result<InventoryAnswer> decode_inventory_answer(std::string_view body) {
  TRY(const auto document, json::Document::parse(body, kAnswerLimits));
  TRY(auto in, MemberReader::open(document.root(), "The answer to an inventory"));
  InventoryAnswer answer;
  TRY(answer.server_time_ms, in.time("server_time"));
  TRY(answer.inventory_hash, read_hash(in, "inventory_hash"));
  TRY(answer.readiness_hash, read_hash(in, "readiness_hash"));
  return answer;
}

}  // namespace b3iq::protocol
