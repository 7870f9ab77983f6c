#include "agent/settings_table.h"

#include "config/reference_page.h"

namespace b3iq::agent {
namespace {

using config::Option;
using config::Type;

constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;

std::vector<Option> options() {
  return {
      {.name = "node_id",
       .type = Type::text,
       .example = "\"b3n_…\"",
       .help = "The node's id, written by `init` for reading. It follows from the identity key; "
               "another value here is refused."},
      {.name = "listen",
       .type = Type::text,
       .fallback = "127.0.0.1:8831",
       .example = "\"127.0.0.1:8831\"",
       .help = "Address and port of the local API; port 0 picks a free one. An address that other "
               "machines can reach also "
               "needs `allow_remote`, TLS and an active key.",
       .environment = "B3IQ_LISTEN",
       .flag = "--listen"},
      {.name = "allow_remote",
       .type = Type::boolean,
       .fallback = "false",
       .example = "true",
       .help = "Says that listening on an address beyond this machine is meant."},
      {.name = "tls.certificate",
       .type = Type::text,
       .example = "\"/etc/b3iq/fullchain.pem\"",
       .help = "PEM file with the certificate chain. With `tls.key` the local API is served over "
               "TLS 1.2 or newer."},
      {.name = "tls.key",
       .type = Type::text,
       .example = "\"/etc/b3iq/key.pem\"",
       .help = "PEM file with the private key of the certificate, mode 0600."},
      {.name = "allowed_hosts",
       .type = Type::list,
       .example = "[\"node.example\"]",
       .help = "Further names that requests may carry in Host, beside loopback and the listen "
               "address."},
      {.name = "allowed_origins",
       .type = Type::list,
       .example = "[\"https://chat.example\"]",
       .help = "Exact origins of web pages that may call this node from a browser."},
      {.name = "limits.body",
       .type = Type::size,
       .fallback = "8MiB",
       .example = "\"32MiB\"",
       .help = "Largest body of a chat request.",
       .min = 16 * kKiB,
       .max = 256 * kMiB},
      {.name = "limits.assumed_completion_tokens",
       .type = Type::integer,
       .fallback = "1024",
       .example = "2048",
       .help = "What a call without max_tokens reserves of a key's rate limit and budget; with a "
               "token budget also the most "
               "it may produce.",
       .min = 1,
       .max = 1'000'000},
      {.name = "limits.queue",
       .type = Type::integer,
       .fallback = "64",
       .example = "16",
       .help =
           "How many calls may wait for each runtime that is busy. One more is refused with 503 "
           "and Retry-After, unless another key has more waiting: then that one's newest is. "
           "Waiting keys are served in turn.",
       .min = 0,
       .max = 100'000},
      {.name = "limits.queue_wait",
       .type = Type::duration,
       .fallback = "60s",
       .example = "\"10s\"",
       .help = "How long a call may wait for its runtime before it is refused with 503.",
       .min = 100,
       .max = 3'600'000},
      {.name = "drain",
       .type = Type::duration,
       .fallback = "30s",
       .example = "\"10s\"",
       .help = "How long running requests may take after SIGTERM before they are cut.",
       .min = 0,
       .max = 3'600'000},
      {.name = "log.level",
       .type = Type::choice,
       .fallback = "info",
       .example = "\"debug\"",
       .help = "The least serious event that is logged. `debug` logs every request: id, operation, "
               "status, bytes, time; never "
               "content.",
       .environment = "B3IQ_LOG_LEVEL",
       .choices = {"debug", "info", "warn", "error", "off"}},
      {.name = "log.format",
       .type = Type::choice,
       .fallback = "text",
       .example = "\"json\"",
       .help = "Form of the log lines on standard error.",
       .environment = "B3IQ_LOG_FORMAT",
       .choices = {"text", "json"}},
      {.name = "log.file_size",
       .type = Type::size,
       .fallback = "16MiB",
       .example = "\"64MiB\"",
       .help = "What the log files in `logs/` may hold together; the oldest lines go first. They "
               "are JSON, whatever `log.format` says, and what `b3iq-host logs` shows. 0 keeps "
               "none.",
       .min = 0,
       .max = 16 * 1024 * kMiB},
      {.name = "request_log.entries",
       .type = Type::integer,
       .fallback = "2000",
       .example = "500",
       .help = "How many of the last requests are remembered for the page of requests, in memory: "
               "who asked which model when, how it ended, what it used; no content. A quarter of "
               "them are for refusals. 0 remembers none.",
       .min = 0,
       .max = 100'000},
      {.name = "telemetry.otlp_endpoint",
       .type = Type::text,
       .example = "\"http://127.0.0.1:4318\"",
       .help =
           "Base address of an OpenTelemetry collector that takes OTLP over HTTP in JSON. Traces "
           "and metrics go to its /v1/traces and /v1/metrics. Without it nothing is sent "
           "anywhere. What is told: docs/operating/telemetry.md."},
      {.name = "telemetry.otlp_headers_file",
       .type = Type::text,
       .example = "\"/home/me/.b3iq/secrets/otlp-headers\"",
       .help = "File of mode 0600 with headers for the collector, one `Name: value` a line: where "
               "its credential stands."},
      {.name = "telemetry.interval",
       .type = Type::duration,
       .fallback = "10s",
       .example = "\"60s\"",
       .help = "Time between two exports.",
       .min = 100,
       .max = 3'600'000},
      {.name = "telemetry.sampling",
       .type = Type::integer,
       .fallback = "100",
       .example = "5",
       .help = "Per cent of the traces that are exported. Metrics always count every call.",
       .min = 0,
       .max = 100},
      {.name = "telemetry.trust_traceparent",
       .type = Type::boolean,
       .fallback = "false",
       .example = "true",
       .help =
           "Continues the trace of a caller that sends a W3C `traceparent`. Otherwise every call "
           "begins a trace of its own."},
      {.name = "telemetry.trace_runtimes",
       .type = Type::choice,
       .fallback = "loopback",
       .example = "\"all\"",
       .help = "Which runtimes get a `traceparent` of the node's own trace, where the node has "
               "traces: those on this machine, all, or none. What a caller sent is never passed "
               "on.",
       .choices = {"loopback", "all", "none"}},
      {.name = "runtimes",
       .type = Type::section,
       .example = R"([
  { "id": "embedded", "kind": "embedded" },
  { "id": "big", "kind": "embedded", "model": "/models/qwen.gguf", "name": "qwen", "context_tokens": 8192,
    "slots": 4, "threads": 8, "gpu_layers": 0 },
  { "id": "lan", "kind": "openai", "base_url": "http://192.168.1.20:8080/v1",
    "api_key_file": "/home/me/.b3iq/secrets/lan-key", "models": ["llama-70b"] },
  { "id": "ollama", "kind": "ollama", "context_tokens": 8192 },
  { "id": "studio", "kind": "openai", "profile": "lmstudio", "base_url": "http://127.0.0.1:1234/v1" },
  { "id": "gpu", "kind": "vllm", "base_url": "http://gpu.example:8000/v1" }
])",
       .help = "What answers, in order of preference: where two offer one model name, the first "
               "wins. `embedded` runs a GGUF "
               "file in a sandboxed worker (without `model`: the built-in one; `context_tokens` is "
               "per request, 0 takes the "
               "model's own up to 4096; `slots` requests run at once; `threads` 0 chooses). "
               "The other kinds are servers: `ollama` (without `base_url`: on this machine; "
               "`context_tokens` sets its "
               "num_ctx, 0 leaves Ollama's own), `vllm`, `sglang`, and `openai` for any "
               "OpenAI-compatible server, of which "
               "`profile` may be `lmstudio` or `llama-server`. A server's key stands in a file of "
               "mode 0600, and without "
               "`models` it is asked for its list; models that Ollama fetches from another host "
               "are offered only when they "
               "are named there. What each can do: docs/operating/runtimes.md. Without this "
               "section the built-in model "
               "answers."},
      {.name = "models.aliases",
       .type = Type::section,
       .example = R"({ "llama3.1:8b": "b3iq-atlas-5m" })",
       .help = "Further names of models: alias to a name, or to several in order of preference. A "
               "receipt carries the model's own name. A model that has the alias's very name goes "
               "before it. A name without a tag also finds the one with `:latest`."},
      {.name = "models.prefer",
       .type = Type::section,
       .example = R"({ "llama3.1:8b": ["gpu-box", "ollama"] })",
       .help =
           "For a model that several runtimes offer: the ids of those to take first. The others "
           "follow in the order of `runtimes`, then `installed`, which runs the models in the "
           "node's own folder. A runtime that fails before the first byte of an answer is left out "
           "and the next is tried."},
      {.name = "models.memory",
       .type = Type::size,
       .fallback = "0",
       .example = "\"24GiB\"",
       .help = "Memory that the installed models may use together, by what was measured of each. 0 "
               "takes what the machine (or this service's memory limit) has to spare, but for a "
               "sixteenth, at least 512 MiB. A model that does not fit makes idle ones leave, the "
               "longest unused first.",
       .max = 64 * 1024 * 1024 * kMiB},
      {.name = "models.keep_loaded",
       .type = Type::duration,
       .fallback = "30m",
       .example = "\"2h\"",
       .help = "How long an installed model that nobody uses stays in memory. 0s: until another "
               "one needs the memory.",
       .min = 0,
       .max = 30 * 24 * std::int64_t{3'600'000}},
      {.name = "models.context_tokens",
       .type = Type::integer,
       .fallback = "0",
       .example = "8192",
       .help = "Context of each call to an installed model. 0: the model's own, at most 4096.",
       .min = 0,
       .max = 16 * 1024 * 1024},
      {.name = "models.slots",
       .type = Type::integer,
       .fallback = "4",
       .example = "2",
       .help = "Calls that the installed models work on at once. Each takes a context's memory.",
       .min = 1,
       .max = 256},
      {.name = "models.threads",
       .type = Type::integer,
       .fallback = "0",
       .example = "8",
       .help = "Threads of an installed model's worker. 0: one for each physical core.",
       .min = 0,
       .max = 1024},
      {.name = "models.gpu_layers",
       .type = Type::integer,
       .fallback = "0",
       .example = "-1",
       .help = "Layers of an installed model that are kept on the GPU; -1: all. Needs a build with "
               "a GPU back end.",
       .min = -1,
       .max = 10'000},
      {.name = "models.download_rate",
       .type = Type::size,
       .fallback = "0",
       .example = "\"10MiB\"",
       .help = "Bytes a second that a model's download may take. 0: no limit.",
       .max = 1024 * 1024 * kMiB},
      {.name = "updates.manifest_url",
       .type = Type::text,
       .example = "\"https://releases.example/b3iq-host/linux-x86_64.json\"",
       .help = "Where `b3iq-host update check` and the setup page ask for the newest version: an "
               "https address, or http on this machine. Nothing is asked unless somebody asks for "
               "it, and nothing is ever installed. docs/operating/updates.md."},
      {.name = "updates.release_key",
       .type = Type::text,
       .example = "\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"",
       .help = "The Ed25519 public key, in base64url, of whoever signs the releases. An answer "
               "that it did not sign is refused."},
      {.name = "managed.allowed_commands",
       .type = Type::list,
       .fallback = "benchmark_smoke,route_health_check,runtime_probe,support_bundle,"
                   "rotate_transport_key,refresh_inventory,agent_update_check",
       .example = "[\"benchmark_smoke\", \"refresh_inventory\"]",
       .help = "What an enrolled node does when its control plane asks: kinds of commands. Further "
               "kinds are `model_install`, `model_remove` and `private_inference`; the owner may "
               "also allow them at the enrollment (`b3iq-host enroll --allow KIND`). "
               "docs/operating/managed.md."},
      {.name = "managed.ca_file",
       .type = Type::text,
       .example = "\"/etc/b3iq/control-plane-ca.pem\"",
       .help = "PEM file of the authorities that the control plane's certificate is checked "
               "against, instead of the system's."},
      {.name = "setup",
       .type = Type::section,
       .example = R"({ "token_sha256": "…", "issued_at": "2026-11-21T09:30:00.000Z" })",
       .help = "State of the setup token, kept by the program: the hash of the last one and when "
               "it was issued.",
       .secrecy = config::Secrecy::secret},
  };
}

}  // namespace

const config::OptionTable& settings_table() {
  static const config::OptionTable table(options());
  return table;
}

std::string settings_reference_page() {
  return config::reference_page(settings_table(), "Configuration",
                                "`config.json` in the node's folder (`B3IQ_HOME`, default "
                                "`~/.b3iq`). Generated from the table "
                                "in `src/agent/settings_table.cc`; a test compares them.");
}

}  // namespace b3iq::agent
