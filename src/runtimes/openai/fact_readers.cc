// The parts of server_facts.h that read what servers tell.
#include <algorithm>
#include <charconv>
#include <cmath>

#include "json/json.h"
#include "runtimes/openai/server_facts.h"

namespace b3iq::runtimes {
namespace {

using inference::RuntimeModel;

constexpr double kMaxCount = 1e9;

// One line of Prometheus text, "name{labels} value [time]": the value when the line is of `name`.
// Label values may hold anything but a bare quote or line end.
std::optional<std::string_view> value_of_line(std::string_view line, std::string_view name) {
  if (!line.starts_with(name)) return std::nullopt;
  line.remove_prefix(name.size());
  if (line.starts_with('{')) {
    bool quoted = false;
    std::size_t at = 1;
    for (; at < line.size() && (quoted || line[at] != '}'); ++at) {
      if (quoted && line[at] == '\\') {
        ++at;
      } else if (line[at] == '"') {
        quoted = !quoted;
      }
    }
    if (at >= line.size()) return std::nullopt;
    line.remove_prefix(at + 1);
  }
  if (!line.starts_with(' ')) return std::nullopt;
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return line.substr(0, line.find_first_of(" \r"));
}

std::optional<double> count_of(std::string_view text) {
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(value) || value < 0 || value > kMaxCount) return std::nullopt;
  return value;
}

RuntimeModel* find_model(std::vector<RuntimeModel>& models, std::string_view name) {
  const auto found = std::ranges::find(models, name, &RuntimeModel::name);
  return found == models.end() ? nullptr : &*found;
}

void set_context(RuntimeModel& model, json::Value tokens) {
  if (const auto count = tokens.integer(); count && *count > 0) {
    model.capabilities.context_tokens = *count;
  }
}

// "llm", "vlm", "embeddings" (v0) or "embedding" (v1).
void set_lmstudio_type(RuntimeModel& model, std::string_view type) {
  model.capabilities.embeddings = type.starts_with("embedding");
  model.capabilities.chat = !model.capabilities.embeddings;
  model.capabilities.vision = type == "vlm";
}

bool read_lmstudio_v0(json::Value data, std::vector<RuntimeModel>& models) {
  for (std::size_t i = 0; i < data.size(); ++i) {
    const json::Value entry = data.at(i);
    const auto id = entry.find("id").string();
    const auto type = entry.find("type").string();
    if (!id || !type) return false;
    RuntimeModel* const model = find_model(models, *id);
    if (model == nullptr) continue;
    set_lmstudio_type(*model, *type);
    set_context(*model, entry.find("max_context_length"));
    set_context(*model, entry.find("loaded_context_length"));
    if (const auto state = entry.find("state").string()) model->loaded = *state == "loaded";
  }
  return true;
}

bool read_lmstudio_v1(json::Value list, std::vector<RuntimeModel>& models) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    const json::Value entry = list.at(i);
    const auto key = entry.find("key").string();
    const auto type = entry.find("type").string();
    if (!key || !type) return false;
    RuntimeModel* const model = find_model(models, *key);
    if (model == nullptr) continue;
    set_lmstudio_type(*model, *type);
    model->capabilities.vision =
        entry.find("capabilities").find("vision").boolean().value_or(false);
    set_context(*model, entry.find("max_context_length"));
    if (const auto bytes = entry.find("size_bytes").integer()) model->size_bytes = *bytes;
    const json::Value instances = entry.find("loaded_instances");
    if (!instances.is_array()) continue;
    model->loaded = instances.size() > 0;
    set_context(*model, instances.at(0).find("config").find("context_length"));
  }
  return true;
}

}  // namespace

std::optional<std::int64_t> sum_gauge(std::string_view text, std::string_view name) {
  std::optional<double> sum;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (const auto value = value_of_line(text.substr(0, end), name)) {
      const auto count = count_of(*value);
      if (!count) return std::nullopt;
      sum = sum.value_or(0) + *count;
    }
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  if (!sum) return std::nullopt;
  return std::llround(*sum);
}

std::string read_version(json::Value value) {
  const std::string_view text = value.string().value_or("");
  const bool printable = std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7f'; });
  return printable && text.size() <= kMaxVersionBytes ? std::string(text) : std::string();
}

void read_llama_props(json::Value props, RuntimeModel& model) {
  set_context(model, props.find("default_generation_settings").find("n_ctx"));
  const json::Value modalities = props.find("modalities");
  if (modalities.is_object()) {
    model.capabilities.vision = modalities.find("vision").boolean().value_or(false);
    model.capabilities.audio = modalities.find("audio").boolean().value_or(false);
  }
  const auto tools = props.find("chat_template_caps").find("supports_tools").boolean();
  if (tools) model.capabilities.tools = *tools;
  if (const auto sleeping = props.find("is_sleeping").boolean()) model.loaded = !*sleeping;
}

bool read_lmstudio_models(json::Value root, std::vector<RuntimeModel>& models) {
  if (root.find("data").is_array()) return read_lmstudio_v0(root.find("data"), models);
  if (root.find("models").is_array()) return read_lmstudio_v1(root.find("models"), models);
  return false;
}

}  // namespace b3iq::runtimes
