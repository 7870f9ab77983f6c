// models installed, catalogue, remove, load, unload, allow, disallow, jobs, cancel, resume; bench.
#include <unistd.h>

#include "agent/cli/amount_text.h"
#include "agent/cli/job_watch.h"
#include "agent/cli/setup_call.h"
#include "agent/cli/terminal.h"

namespace b3iq::agent {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string bytes_or_dash(json::Value value) {
  const auto bytes = value.integer();
  return bytes && *bytes > 0 ? bytes_text(*bytes) : "-";
}

std::string text_or_dash(json::Value value) {
  const auto text = text_of(value);
  return text.empty() ? "-" : text;
}

std::string rate_text(json::Value value) {
  const auto number = value.number();
  return number ? fmt::format("{:.1f}", *number) : "-";
}

void print_installed_models(json::Value root) {
  Rows rows = {{"ID", "KIND", "QUANT", "CONTEXT", "SIZE", "MEMORY", "STATE", "SOURCE"}};
  const auto data = root.find("data");
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto model = data.at(i);
    const auto context = model.find("context_tokens").integer();
    const auto measured = model.find("measured_memory_bytes");
    rows.push_back({text_of(model.find("id")), text_or_dash(model.find("kind")),
                    text_or_dash(model.find("quantization")),
                    context ? fmt::format("{}", *context) : "-", bytes_or_dash(model.find("bytes")),
                    measured.is_null() ? "~" + bytes_or_dash(model.find("estimated_memory_bytes"))
                                       : bytes_or_dash(measured),
                    text_of(model.find("state")), text_or_dash(model.find("source"))});
  }
  if (rows.size() == 1) {
    fmt::print("No model is installed. See: b3iq-host models catalogue\n");
    return;
  }
  print_table(rows);
  fmt::print("\nDisk: {} used, {} free. Memory: {} of {} that models may use.\n",
             bytes_or_dash(root.find("disk_used_bytes")),
             bytes_or_dash(root.find("disk_free_bytes")),
             bytes_or_dash(root.find("memory_used_bytes")),
             bytes_or_dash(root.find("memory_budget_bytes")));
}

std::string fit_text(std::string_view status) {
  if (status == "ready_to_install") return "fits";
  if (status == "not_now") return "memory in use";
  if (status == "hardware_unsupported") return "too little memory";
  return std::string(status);
}

void print_catalogue(json::Value root) {
  Rows rows = {{"ID", "KIND", "SIZE", "QUANT", "DOWNLOAD", "MEMORY", "LICENCE", "HERE"}};
  const auto data = root.find("data");
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto model = data.at(i);
    rows.push_back(
        {text_of(model.find("id")), text_of(model.find("kind")),
         text_or_dash(model.find("parameters")), text_or_dash(model.find("quantization")),
         bytes_or_dash(model.find("download_bytes")),
         "~" + bytes_or_dash(model.find("min_ram_bytes")), text_or_dash(model.find("license")),
         fit_text(model.find("status").string().value_or(""))});
  }
  print_table(rows);
  fmt::print(
      "\nMemory is estimated until the model was loaded here. Install one: b3iq-host models "
      "install ID\n");
}

void print_jobs(json::Value root) {
  Rows rows = {{"JOB", "KIND", "MODEL", "STATE", "DONE", "UPDATED", "NOTE"}};
  const auto data = root.find("data");
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto job = data.at(i);
    const auto done = job.find("done_bytes").integer().value_or(0);
    const auto total = job.find("total_bytes").integer().value_or(0);
    auto note = text_of(job.find("error").find("detail"));
    if (note.empty()) note = text_of(job.find("note"));
    rows.push_back({text_of(job.find("id")), text_of(job.find("kind")), text_of(job.find("model")),
                    text_of(job.find("state")),
                    total > 0 ? fmt::format("{} %", done * 100 / total) : "-",
                    time_text(job.find("updated_at")), note});
  }
  if (rows.size() == 1) {
    fmt::print("No jobs.\n");
  } else {
    print_table(rows);
  }
}

void print_benchmark(json::Value result) {
  const auto number = [&](std::string_view name) { return rate_text(result.find(name)); };
  Rows rows = {
      {"MEASURE", "VALUE", "UNIT"},
      {"load", number("load_ms"), "ms"},
      {"first token, short prompt", number("first_token_ms"), "ms"},
      {fmt::format("prompt, {} tokens", result.find("prompt_tokens").integer().value_or(0)),
       number("prompt_tokens_per_second"), "tokens/s"},
      {"answer, one call", number("decode_tokens_per_second"), "tokens/s"},
      {fmt::format("answers, {} calls at once",
                   result.find("parallel_calls").integer().value_or(0)),
       number("parallel_tokens_per_second"), "tokens/s"},
      {"memory", bytes_or_dash(result.find("memory_bytes")), ""}};
  print_table(rows);
  fmt::print("\n{} on {} ({}), b3iq {}, {}. Medians of {} rounds; a dash could not be measured.\n",
             text_of(result.find("model")), text_of(result.find("runtime")),
             text_of(result.find("runtime_kind")), text_of(result.find("version")),
             time_text(result.find("at")), result.find("rounds").integer().value_or(0));
}

void print_benchmarks(json::Value root) {
  Rows rows = {{"MODEL", "RUNTIME", "AT", "FIRST TOKEN MS", "PROMPT TOK/S", "ANSWER TOK/S",
                "TOGETHER TOK/S", "MEMORY"}};
  const auto data = root.find("data");
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto result = data.at(i);
    const auto number = [&](std::string_view name) { return rate_text(result.find(name)); };
    rows.push_back({text_of(result.find("model")), text_or_dash(result.find("runtime")),
                    time_text(result.find("at")), number("first_token_ms"),
                    number("prompt_tokens_per_second"), number("decode_tokens_per_second"),
                    number("parallel_tokens_per_second"),
                    bytes_or_dash(result.find("memory_bytes"))});
  }
  if (rows.size() == 1) {
    fmt::print("Nothing was measured yet. Measure a model: b3iq-host bench NAME\n");
  } else {
    print_table(rows);
  }
}

std::string body_with(
    std::initializer_list<std::pair<std::string_view, std::string_view>> members) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  for (const auto& [name, value] : members) w.member(name, value);
  w.end_object();
  return body;
}

}  // namespace

int run_models_installed(const Home& home, OutputForm form) {
  return call_and_print(home, http::Method::get, "/setup/v1/installed-models", "", form,
                        print_installed_models);
}

int run_models_catalogue(const Home& home, OutputForm form) {
  return call_and_print(home, http::Method::get, "/setup/v1/catalogue", "", form, print_catalogue);
}

int run_models_jobs(const Home& home, OutputForm form) {
  return call_and_print(home, http::Method::get, "/setup/v1/model-jobs", "", form, print_jobs);
}

int run_models_remove(const Home& home, const std::string& model, OutputForm form) {
  return call_and_print(
      home, http::Method::delete_, "/setup/v1/installed-models/" + model, "", form,
      [](json::Value removed) { fmt::print("Removed {}.\n", text_of(removed.find("id"))); });
}

int run_models_load(const Home& home, const std::string& model, bool wanted, OutputForm form) {
  const auto path = wanted ? "/setup/v1/models/load" : "/setup/v1/models/unload";
  const auto answer =
      call_serving_node(home, http::Method::post, path, body_with({{"model", model}}));
  return print_answer(answer, form, [wanted](json::Value state) {
    const auto memory = state.find("memory_bytes").integer().value_or(0);
    fmt::print("{} {}.", wanted ? "Loaded" : "Unloaded", text_of(state.find("id")));
    if (wanted && memory > 0) fmt::print(" It takes {} of memory.", bytes_text(memory));
    fmt::print("\n");
  });
}

int run_models_allow(const Home& home, const ModelAllowOptions& options, OutputForm form) {
  std::string body;
  json::Writer w(body);
  w.begin_object();
  w.member("model", options.model);
  w.member("network_eligible", options.network);
  w.member("paid_route_eligible", !options.unpaid);
  w.end_object();
  const auto answer = call_serving_node(home, http::Method::post, "/setup/v1/model-posture", body);
  return print_answer(answer, form, [&options](json::Value profile) {
    const auto model = text_of(profile.find("id"));
    if (!options.network) {
      fmt::print("{} is kept to this node's own callers.\n", model);
    } else if (options.unpaid) {
      fmt::print("{} is allowed to the network, not for paid calls and private jobs.\n", model);
    } else {
      fmt::print("{} is allowed to the network, for paid calls and private jobs too.\n", model);
    }
  });
}

int run_models_cancel(const Home& home, const std::string& job, OutputForm form) {
  const auto path = fmt::format("/setup/v1/model-jobs/{}/cancel", job);
  return call_and_print(home, http::Method::post, path, "", form, [](json::Value cancelled) {
    fmt::print("Cancelled {}. What it has stays; go on with: b3iq-host models resume {}\n",
               text_of(cancelled.find("id")), text_of(cancelled.find("id")));
  });
}

int run_models_resume(const Home& home, const std::string& job, OutputForm form) {
  const auto path = fmt::format("/setup/v1/model-jobs/{}/resume", job);
  const auto resumed = call_setup_api(home, http::Method::post, path, "");
  if (resumed.exit_code != kExitOk) return resumed.exit_code;
  return watch_job(home, job, form).exit_code;
}

int run_bench(const Home& home, const std::string& model, OutputForm form) {
  const auto body = body_with({{"kind", "benchmark"}, {"model", model}});
  const auto begun = call_serving_node(home, http::Method::post, "/setup/v1/model-jobs", body);
  if (begun.exit_code != kExitOk) return begun.exit_code;
  const auto job = json::Document::parse(begun.body);
  if (!job.ok()) return kExitFailed;
  const auto watched = watch_job(home, text_of(job->root().find("id")), form);
  if (watched.exit_code != kExitOk || watched.waits || form == OutputForm::json)
    return watched.exit_code;
  const auto ended = json::Document::parse(watched.body);
  if (!ended.ok()) return kExitFailed;
  print_benchmark(ended->root().find("result"));
  return kExitOk;
}

int run_bench_list(const Home& home, OutputForm form) {
  return call_and_print(home, http::Method::get, "/setup/v1/benchmarks", "", form,
                        print_benchmarks);
}

}  // namespace b3iq::agent
