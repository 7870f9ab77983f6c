#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "agent/doctor/doctor_checks.h"

namespace b3iq::agent {
namespace {

constexpr std::string_view kInstallAgain = "Install the program again, or build it: ./run build";

void check_file(const std::string& check, const std::string& path, int access, Diagnosis& out) {
  if (::access(path.c_str(), access) == 0) {
    out.good(check, path);
  } else {
    out.fault(check, fmt::format("{} is missing or cannot be used.", path),
              std::string(kInstallAgain));
  }
}

// The library and a backend that computes: one without the other loads no model.
void check_llama(const std::string& folder, Diagnosis& out) {
  bool library = false;
  bool backend = false;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
    const std::string name = entry.path().filename();
    library = library || name.starts_with("libllama.");
    backend = backend || name.starts_with("libggml-cpu");
  }
  if (library && backend) {
    out.good("install.llama", folder);
  } else {
    out.fault("install.llama",
              fmt::format("{} holds no {}: the embedded runtime cannot start.", folder,
                          library ? "libggml-cpu" : "libllama"),
              std::string(kInstallAgain));
  }
}

}  // namespace

std::optional<Installation> check_installation(Diagnosis& out) {
  auto found = find_installation();
  if (!found.ok()) {
    out.fault("install.program", found.error().detail, "sudo mount -t proc proc /proc");
    return std::nullopt;
  }
  out.good("install.program", found->host);
  check_file("install.worker", found->worker, X_OK, out);
  check_llama(found->llama_folder, out);
  check_file("install.model", found->default_model, R_OK, out);
  if (::access((found->wizard + "/index.html").c_str(), R_OK) == 0) {
    out.good("install.wizard", found->wizard);
  } else {
    out.warning("install.wizard", fmt::format("{} holds no pages for /setup/.", found->wizard),
                std::string(kInstallAgain));
  }
  return *std::move(found);
}

}  // namespace b3iq::agent
