// The checks of `b3iq-host doctor`, by subject. Each check looks at one thing, changes nothing,
// takes no lock and waits for a bounded time, whether a node serves the home or not.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/auth/local_key_types.h"
#include "agent/cli/agent_file.h"
#include "agent/home.h"
#include "agent/inventory/inventory_types.h"
#include "agent/models/installed_model.h"
#include "agent/settings.h"
#include "cli/diagnosis.h"

namespace b3iq::agent {

using cli::Diagnosis;
using cli::Finding;
using cli::shell_word;
using cli::Verdict;
using cli::verdict_name;

// Everything, in an order in which a cause comes before what follows from it.
Diagnosis examine(const Home& home);

// Nothing when the program's own files cannot be found at all.
std::optional<Installation> check_installation(Diagnosis& out);

// False when there is no home to look into.
bool check_home(const Home& home, Diagnosis& out);
void check_disk(const Home& home, Diagnosis& out);
void check_clock(std::int64_t wall_ms, Diagnosis& out);

// The node's id.
std::optional<std::string> check_identity(const Home& home, Diagnosis& out);

// The settings, when they can be used.
std::optional<Settings> check_config(const Home& home, const std::optional<std::string>& node_id,
                                     Diagnosis& out);

void check_tls(const Settings& settings, std::int64_t now_ms, Diagnosis& out);

// What the doctor needs of the database.
struct StateView {
  std::vector<LocalKey> keys;
  std::vector<InstalledModel> models;
};
// Nothing when it cannot be read.
std::optional<StateView> check_state(const Home& home, Diagnosis& out);
void check_keys(const Home& home, const std::vector<LocalKey>& keys, std::int64_t now_ms,
                Diagnosis& out);
// The command that makes a key.
std::string make_key_fix(const Home& home);

// The rules for a listener that other machines reach. `state`: nothing when it could not be read.
void check_listener(const Home& home, const Settings& settings,
                    const std::optional<StateView>& state, std::int64_t now_ms, Diagnosis& out);
// Whether the node could take its port. Only while none serves.
void check_port(const Settings& settings, Diagnosis& out);

// True when a process serves the home, also when it does not answer.
bool check_node(const Home& home, Diagnosis& out);

// What of the machine matters to the node.
struct MachineView {
  std::optional<std::uint64_t> memory_bytes;  // the machine's, or what its control group allows
  std::optional<int> usable_gpus;             // nothing: not known
};
MachineView check_machine(const Installation& installation, Diagnosis& out);
// The inventory's notes as findings.
void judge_notes(const std::vector<inventory::Note>& notes, Diagnosis& out);

// Models by runtime; a runtime that could not be asked is not in it.
using OfferedModels = std::map<std::string, std::vector<std::string>>;
void check_embedded(const RuntimeSettings& runtime, const Installation& installation,
                    const MachineView& machine, OfferedModels& offered, Diagnosis& out);
void check_servers(const Settings& settings, OfferedModels& offered, Diagnosis& out);
// The models in the home: their files, and whether each fits into the memory.
void check_installed_models(const Home& home, const std::vector<InstalledModel>& models,
                            const InstalledModelSettings& settings, const MachineView& machine,
                            OfferedModels& offered, Diagnosis& out);
void check_model_names(const Settings& settings, const OfferedModels& offered, Diagnosis& out);

void judge_memory(const std::string& check, std::uint64_t needed_bytes,
                  std::optional<std::uint64_t> memory_bytes, Diagnosis& out);
void judge_gpu(const std::string& check, std::optional<int> usable_gpus, bool has_gpu_library,
               Diagnosis& out);

// The enrollment, where there is one: its file, the clock, whether the control plane answers.
void check_managed(const Home& home, const Settings& settings,
                   const std::optional<std::string>& node_id, Diagnosis& out);

}  // namespace b3iq::agent
