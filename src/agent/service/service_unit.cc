#include "agent/service/service_unit.h"

#include <fmt/format.h>

namespace b3iq::agent {
namespace {

constexpr std::string_view kHead = R"([Unit]
Description=B3IQ host agent: an inference node that belongs to its owner
Documentation=man:b3iq-host(1)
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=300
StartLimitBurst=10

[Service]
Type=notify
NotifyAccess=main
ExecStart={program} --home {home} serve
Restart=on-failure
RestartSec=2
# The loop says twice in this time that it turns; one that hangs is ended and started again.
WatchdogSec=60
# Longer than "drain" in config.json: running answers come to their end.
TimeoutStopSec=90
KillMode=mixed
LimitNOFILE=65536
LimitCORE=1
)";

// A user's service runs without the right to change mounts and users, so it has no more than this.
constexpr std::string_view kUserRules = R"(NoNewPrivileges=yes
RestrictRealtime=yes
LockPersonality=yes

[Install]
WantedBy=default.target
)";

// GPUs are devices under /dev, so PrivateDevices= is not here: DevicePolicy closes the others. The
// worker puts itself into namespaces of its own, which RestrictNamespaces= must leave open.
constexpr std::string_view kSystemRules = R"(User=b3iq
Group=b3iq
StateDirectory=b3iq
StateDirectoryMode=0700
# Secrets of other runtimes may come as credentials, for example:
# LoadCredential=lan-key:/etc/b3iq/lan-key      with "api_key_file": "/run/credentials/b3iq-host.service/lan-key"
UMask=0077
NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
ProtectProc=invisible
ProtectClock=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictNamespaces=user net ipc
LockPersonality=yes
RemoveIPC=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
# The sandbox that the worker puts itself into.
SystemCallFilter=seccomp landlock_create_ruleset landlock_add_rule landlock_restrict_self unshare
SystemCallErrorNumber=EPERM
DevicePolicy=closed
DeviceAllow=char-drm rw
DeviceAllow=char-nvidia-frontend rw
DeviceAllow=char-nvidia-uvm rw
DeviceAllow=char-nvidia-caps rw
DeviceAllow=char-kfd rw

[Install]
WantedBy=multi-user.target
)";

}  // namespace

std::string unit_text(const ServiceUnit& unit) {
  std::string text = fmt::format(fmt::runtime(kHead), fmt::arg("program", unit.program),
                                 fmt::arg("home", unit.home));
  if (unit.scope == ServiceScope::user) return text.append(kUserRules);
  return text.append(fmt::format("ReadWritePaths={}\n", unit.home)).append(kSystemRules);
}

}  // namespace b3iq::agent
