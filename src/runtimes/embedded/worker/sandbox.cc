#include "runtimes/embedded/worker/sandbox.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "runtimes/embedded/worker_frame.h"

namespace b3iq::runtimes::worker {
namespace {

constexpr uid_t kNobody = 65534;
constexpr int kLastCapability = 63;
// Landlock ABI 1 knows accesses 0..12, ABI 2 adds 13 (refer), ABI 3 adds 14 (truncate).
constexpr std::uint64_t kLandlockAccesses[] = {0, (1u << 13) - 1, (1u << 14) - 1, (1u << 15) - 1};

// Own, empty network and own IPC. A user who is not root may have them in an own user namespace.
std::uint32_t leave_namespaces(bool root) {
  std::uint32_t layers = 0;
  if (!root && unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) == 0) {
    return kSandboxNetworkNamespace | kSandboxIpcNamespace;
  }
  if (root && unshare(CLONE_NEWNET) == 0) layers |= kSandboxNetworkNamespace;
  if (root && unshare(CLONE_NEWIPC) == 0) layers |= kSandboxIpcNamespace;
  return layers;
}

void become_nobody() {
  if (setgroups(0, nullptr) != 0) return;
  if (setresgid(kNobody, kNobody, kNobody) != 0) return;
  if (setresuid(kNobody, kNobody, kNobody) != 0) return;
}

// While the capability to do so is still there.
void empty_bounding_set() {
  for (int capability = 0; capability <= kLastCapability; ++capability) {
    prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
}

bool drop_capabilities() {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  syscall(SYS_capset, &header, data);
  std::memset(data, 0xff, sizeof(data));
  if (syscall(SYS_capget, &header, data) != 0) return false;
  for (const auto& word : data) {
    if (word.effective != 0 || word.permitted != 0 || word.inheritable != 0) return false;
  }
  return true;
}

// A rule set that handles every access and allows none.
bool forbid_files() {
  long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < 1) return false;
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = kLandlockAccesses[abi > 3 ? 3 : abi];
  long rules = syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);
  if (rules < 0) return false;
  bool done = syscall(SYS_landlock_restrict_self, static_cast<int>(rules), 0) == 0;
  close(static_cast<int>(rules));
  return done;
}

}  // namespace

std::uint32_t enter_sandbox(SandboxProfile profile) {
  const bool root = geteuid() == 0;
  const bool gpu = profile == SandboxProfile::gpu;
  // A driver finds its devices through the file system, the user's groups and, at times, a local
  // socket.
  std::uint32_t layers = gpu ? 0 : leave_namespaces(root);
  empty_bounding_set();
  if (root && !gpu) become_nobody();
  if (!root || geteuid() == kNobody) layers |= kSandboxUnprivilegedUser;
  // A change of user has cleared it (startup.h).
  prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  if (drop_capabilities()) layers |= kSandboxNoCapabilities;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0) layers |= kSandboxNoNewPrivileges;
  if (!gpu && forbid_files()) layers |= kSandboxLandlock;
  if (install_seccomp_filter(profile)) layers |= kSandboxSeccomp;
  return layers;
}

}  // namespace b3iq::runtimes::worker
