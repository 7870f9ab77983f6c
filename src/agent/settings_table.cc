#include "agent/settings_table.h"

namespace b3iq::agent {
namespace {

using config::Option;
using config::Section;
using config::Type;

constexpr std::int64_t kKiB = 1024;
constexpr std::int64_t kMiB = 1024 * kKiB;

constexpr Option kOptions[] = {
    {.name = "node_id",
     .type = Type::text,
     .standard = "",
     .example = "\"b3n_…\"",
     .help = "The node's id, written by `init` for reading. It follows from the identity key; another value here is refused."},
    {.name = "listen",
     .type = Type::text,
     .standard = "127.0.0.1:8831",
     .example = "\"127.0.0.1:8831\"",
     .help = "Address and port of the local API; port 0 picks a free one. An address that other machines can reach also "
             "needs `allow_remote`, TLS and an active key.",
     .environment = "B3IQ_LISTEN"},
    {.name = "allow_remote",
     .type = Type::boolean,
     .standard = "false",
     .example = "true",
     .help = "Says that listening on an address beyond this machine is meant."},
    {.name = "tls.certificate",
     .type = Type::text,
     .standard = "",
     .example = "\"/etc/b3iq/fullchain.pem\"",
     .help = "PEM file with the certificate chain. With `tls.key` the local API is served over TLS 1.2 or newer."},
    {.name = "tls.key",
     .type = Type::text,
     .standard = "",
     .example = "\"/etc/b3iq/key.pem\"",
     .help = "PEM file with the private key of the certificate, mode 0600."},
    {.name = "allowed_hosts",
     .type = Type::text_list,
     .standard = "",
     .example = "[\"node.example\"]",
     .help = "Further names that requests may carry in Host, beside loopback and the listen address."},
    {.name = "allowed_origins",
     .type = Type::text_list,
     .standard = "",
     .example = "[\"https://chat.example\"]",
     .help = "Exact origins of web pages that may call this node from a browser."},
    {.name = "limits.body",
     .type = Type::bytes,
     .standard = "8MiB",
     .example = "\"32MiB\"",
     .help = "Largest body of a chat request.",
     .minimum = 16 * kKiB,
     .maximum = 256 * kMiB},
    {.name = "limits.assumed_completion_tokens",
     .type = Type::integer,
     .standard = "1024",
     .example = "2048",
     .help = "What a call without max_tokens reserves of a key's rate limit and budget; with a token budget also the most "
             "it may produce.",
     .minimum = 1,
     .maximum = 1'000'000},
    {.name = "drain",
     .type = Type::duration_ms,
     .standard = "30s",
     .example = "\"10s\"",
     .help = "How long running requests may take after SIGTERM before they are cut.",
     .minimum = 0,
     .maximum = 3'600'000},
    {.name = "log.level",
     .type = Type::choice,
     .standard = "info",
     .example = "\"debug\"",
     .help = "The least serious event that is logged. `debug` logs every request: id, operation, status, bytes, time; never "
             "content.",
     .choices = "debug|info|warn|error|off",
     .environment = "B3IQ_LOG_LEVEL"},
    {.name = "log.format",
     .type = Type::choice,
     .standard = "text",
     .example = "\"json\"",
     .help = "Form of the log lines on standard error.",
     .choices = "text|json",
     .environment = "B3IQ_LOG_FORMAT"},
};

constexpr Section kSections[] = {
    {"runtimes",
     R"([
  { "id": "embedded", "kind": "embedded" },
  { "id": "big", "kind": "embedded", "model": "/models/qwen.gguf", "name": "qwen", "context_tokens": 8192, "slots": 4, "threads": 8, "gpu_layers": 0 },
  { "id": "lan", "kind": "openai", "base_url": "http://192.168.1.20:8080/v1", "api_key_file": "/home/me/.b3iq/secrets/lan-key", "models": ["llama-70b"] }
])",
     "What answers, in order of preference: where two offer one model name, the first wins. `embedded` runs a GGUF file in a "
     "sandboxed worker (without `model`: the built-in one; `context_tokens` is per request, 0 takes the model's own up to "
     "4096; `slots` requests run at once; `threads` 0 chooses). `openai` is any OpenAI-compatible server; its key stands in a "
     "file of mode 0600, and without `models` it is asked for its list."},
    {"models", R"({ "aliases": { "llama3.1:8b": "b3iq-atlas-5m" } })",
     "`aliases` gives models further names: alias to name. An answer carries the model's own name."},
    {"setup", R"({ "token_sha256": "…", "issued_at": "2026-11-21T09:30:00.000Z" })",
     "State of the setup token, kept by the program: the hash of the last one and when it was issued."},
};

constexpr config::Table kTable{kOptions, kSections};

}  // namespace

const config::Table& settings_table() { return kTable; }

}  // namespace b3iq::agent
