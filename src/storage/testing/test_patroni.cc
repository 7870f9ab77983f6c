#include "storage/testing/test_patroni.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "storage/testing/server_process.h"

namespace b3iq::storage {
namespace {

using base::Error;
using base::ErrorCode;

constexpr const char* kPatroni = "/usr/bin/patroni";
// Where ./run test laid it, or the machine's own.
constexpr const char* kEtcd[] = {B3IQ_SOURCE_DIR "/build/tools/usr/bin/etcd", "/usr/bin/etcd"};
constexpr auto kStartWait = std::chrono::seconds(180);
constexpr auto kLook = std::chrono::milliseconds(200);
constexpr int kEndLooks = 50;

const char* etcd() {
  const auto* const found =
      std::ranges::find_if(kEtcd, [](const char* file) { return std::filesystem::exists(file); });
  return found == std::end(kEtcd) ? nullptr : *found;
}

int free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return 0;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  int port = 0;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    port = ntohs(address.sin_port);
  }
  ::close(fd);
  return port;
}

// Patroni's shortest ttl is 20 s: a leader that is gone is replaced after about that long.
constexpr const char* kSettings = R"(scope: b3iq
name: node{number}
restapi: {{listen: "127.0.0.1:{api}", connect_address: "127.0.0.1:{api}"}}
etcd3: {{host: "127.0.0.1:{etcd}"}}
bootstrap:
  dcs: {{ttl: 20, loop_wait: 1, retry_timeout: 3, synchronous_mode: true}}
  initdb: [encoding: UTF8, locale: C]
postgresql:
  listen: "127.0.0.1:{port}"
  connect_address: "127.0.0.1:{port}"
  data_dir: {folder}/data
  bin_dir: {bin}
  pgpass: {folder}/pgpass
  authentication:
    superuser: {{username: b3iq, password: x}}
    replication: {{username: follower, password: x}}
  pg_hba:
    - local all all trust
    - host all all 127.0.0.1/32 trust
    - host replication all 127.0.0.1/32 trust
  parameters: {{unix_socket_directories: "{folder}", fsync: "off", shared_buffers: 16MB, dynamic_shared_memory_type: mmap}}
)";

}  // namespace

TestPatroni::TestPatroni() : folder_(make_server_folder()) {}

TestPatroni::~TestPatroni() {
  for (Node& node : nodes_) end_node(node, SIGQUIT);  // which gives shared memory back
  if (etcd_ > 0) {
    ::kill(etcd_, SIGKILL);
    ::waitpid(etcd_, nullptr, 0);
  }
  std::error_code ignored;
  if (!folder_.empty()) std::filesystem::remove_all(folder_, ignored);
}

std::string TestPatroni::missing() {
  if (postgres_bin_folder().empty() || !has_server_user()) return "no PostgreSQL is installed";
  if (!std::filesystem::exists(kPatroni) || etcd() == nullptr) {
    return "Patroni or etcd is not here (./run test brings them)";
  }
  if (run_as_server({"/usr/bin/python3", "-c", "import etcd"}) != 0) {
    return "Patroni has no python3-etcd here (./run test brings it)";
  }
  return {};
}

base::Result<std::unique_ptr<TestPatroni>> TestPatroni::start() {
  std::unique_ptr<TestPatroni> cluster(new TestPatroni);
  // The server's user may be unable to reach this tree.
  const std::string program = cluster->folder_ + "/etcd-server";
  std::error_code failed;
  if (!std::filesystem::copy_file(etcd(), program, failed)) {
    return Error(ErrorCode::storage_failed, "cannot copy etcd: " + failed.message());
  }
  cluster->etcd_port_ = free_port();
  cluster->etcd_peer_port_ = free_port();
  const std::string client = fmt::format("http://127.0.0.1:{}", cluster->etcd_port_);
  const std::string peer = fmt::format("http://127.0.0.1:{}", cluster->etcd_peer_port_);
  cluster->etcd_ = start_as_server(
      {program, "--name", "e", "--data-dir", cluster->folder_ + "/etcd", "--listen-client-urls",
       client, "--advertise-client-urls", client, "--listen-peer-urls", peer,
       "--initial-advertise-peer-urls", peer, "--initial-cluster", "e=" + peer},
      cluster->folder_ + "/etcd.log", SIGKILL);
  for (int number = 0; number < 2; ++number) {
    if (!cluster->write_settings(number)) {
      return Error(ErrorCode::storage_failed, "cannot write the settings");
    }
    cluster->start_node(number);
  }
  const auto give_up = std::chrono::steady_clock::now() + kStartWait;
  while (!cluster->is_ready()) {
    if (std::chrono::steady_clock::now() > give_up) {
      return Error(ErrorCode::storage_failed, "Patroni did not come up in " + cluster->folder_);
    }
    std::this_thread::sleep_for(kLook);
  }
  return cluster;
}

bool TestPatroni::write_settings(int number) {
  Node& node = nodes_[static_cast<std::size_t>(number)];
  node.folder = fmt::format("{}/n{}", folder_, number);
  if (run_as_server({"/bin/mkdir", "-m", "0700", node.folder}) != 0) return false;
  node.port = free_port();
  node.api_port = free_port();
  std::ofstream out(fmt::format("{}/node{}.yml", folder_, number));
  out << fmt::format(kSettings, fmt::arg("number", number), fmt::arg("api", node.api_port),
                     fmt::arg("etcd", etcd_port_), fmt::arg("port", node.port),
                     fmt::arg("folder", node.folder), fmt::arg("bin", postgres_bin_folder()));
  return out.good();
}

// Patroni that is told to end stops its server as well.
void TestPatroni::start_node(int number) {
  Node& node = nodes_[static_cast<std::size_t>(number)];
  node.patroni = start_as_server({kPatroni, fmt::format("{}/node{}.yml", folder_, number)},
                                 node.folder + ".log", SIGTERM);
}

std::string TestPatroni::ask(int number, const std::string& sql) const {
  std::string output;
  const Node& node = nodes_[static_cast<std::size_t>(number)];
  run_as_server({postgres_bin_folder() + "/psql", "-X", "-q", "-A", "-t", "-h", node.folder, "-p",
                 std::to_string(node.port), "-U", "b3iq", "-d", "postgres", "-c", sql},
                &output);
  while (!output.empty() && output.back() == '\n') output.pop_back();
  return output;
}

int TestPatroni::leader() const {
  for (int number = 0; number < 2; ++number) {
    if (ask(number, "SELECT pg_is_in_recovery()") == "f") return number;
  }
  return -1;
}

bool TestPatroni::is_ready() const {
  const int first = leader();
  return first >= 0 && ask(first,
                           "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
                           " AND EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'b3iq')") == "1";
}

int TestPatroni::kill_leader() {
  const int first = leader();
  if (first >= 0) end_node(nodes_[static_cast<std::size_t>(first)], SIGKILL);
  return first;
}

void TestPatroni::end_node(Node& node, int signal_of_server) {
  if (node.patroni <= 0) return;
  ::kill(node.patroni, SIGKILL);
  pid_t server = 0;
  std::ifstream(node.folder + "/data/postmaster.pid") >> server;
  if (server > 1) {
    if (signal_of_server == SIGKILL) {
      kill_with_children(server);
    } else {
      ::kill(server, signal_of_server);
      for (int look = 0; look < kEndLooks && ::kill(server, 0) == 0; ++look) {
        std::this_thread::sleep_for(kLook);
      }
    }
  }
  ::waitpid(node.patroni, nullptr, 0);
  node.patroni = -1;
}

std::string TestPatroni::uri() const {
  return fmt::format("postgresql://b3iq@127.0.0.1:{},127.0.0.1:{}/postgres?connect_timeout=2",
                     nodes_[0].port, nodes_[1].port);
}

}  // namespace b3iq::storage
