#include "http/http_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <future>

#include "http/http_text.h"

namespace b3iq::http::fixture {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

base::Task<void> finish(std::function<base::Task<void>()>* work, std::promise<void>* done) {
  auto task = (*work)();
  co_await std::move(task);
  done->set_value();
}

}  // namespace

Response render_plain(const base::Error& error, const Request&) {
  const auto& info = base::error_info(error.code);
  Response response;
  response.status = info.http_status;
  response.body =
      "{\"error\":\"" + std::string(info.wire_name) + "\",\"detail\":\"" + error.detail + "\"}";
  return response;
}

RawSocket::RawSocket(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const sockaddr_in address = loopback(port);
  const int connected = connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  EXPECT_EQ(connected, 0);
}

RawSocket::~RawSocket() { close(fd_); }

bool RawSocket::send(std::string_view bytes) const { return send_text(fd_, bytes); }

bool send_text(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawSocket::fill() {
  pollfd waiting{fd_, POLLIN, 0};
  const auto patience = std::chrono::duration_cast<std::chrono::milliseconds>(kPatience);
  if (poll(&waiting, 1, static_cast<int>(patience.count())) <= 0) {
    timed_out_ = true;
    return false;
  }
  char bytes[65536];
  const ssize_t got = recv(fd_, bytes, sizeof bytes, 0);
  if (got <= 0) return false;
  buffer_.append(bytes, static_cast<std::size_t>(got));
  return true;
}

std::string RawSocket::read_to_end() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

std::string RawSocket::read_until(std::string_view needle) {
  while (buffer_.find(needle) == std::string::npos && fill()) {
  }
  return std::exchange(buffer_, {});
}

std::string RawSocket::read_answer() {
  while (buffer_.find("\r\n\r\n") == std::string::npos) {
    if (!fill()) return std::exchange(buffer_, {});
  }
  const std::size_t head = buffer_.find("\r\n\r\n") + 4;
  std::size_t whole = head;
  if (const auto length = header_of(buffer_, "Content-Length"); !length.empty()) {
    whole += std::stoul(length);
    while (buffer_.size() < whole && fill()) {
    }
  } else if (header_of(buffer_, "Transfer-Encoding") == "chunked") {
    while (buffer_.find("0\r\n\r\n", head) == std::string::npos && fill()) {
    }
    const auto end = buffer_.find("0\r\n\r\n", head);
    whole = end == std::string::npos ? buffer_.size() : end + 5;
  }
  std::string answer = buffer_.substr(0, whole);
  buffer_.erase(0, std::min(whole, buffer_.size()));
  return answer;
}

bool RawSocket::closed_within(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  char bytes[65536];
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    pollfd waiting{fd_, POLLIN, 0};
    if (left.count() <= 0 || poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return false;
    if (recv(fd_, bytes, sizeof bytes, 0) <= 0) return true;
  }
}

void RawSocket::half_close() const { shutdown(fd_, SHUT_WR); }

void RawSocket::reset() {
  const linger now{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close(fd_);
  fd_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

int status_of(std::string_view answer) {
  return answer.size() < 12 ? 0 : std::stoi(std::string(answer.substr(9, 3)));
}

std::string_view body_of(std::string_view answer) {
  const auto end = answer.find("\r\n\r\n");
  return end == std::string_view::npos ? std::string_view() : answer.substr(end + 4);
}

std::string header_of(std::string_view answer, std::string_view name) {
  answer = answer.substr(0, answer.find("\r\n\r\n"));
  while (!answer.empty()) {
    const auto end = answer.find("\r\n");
    const auto line = answer.substr(0, end);
    const auto colon = line.find(':');
    if (colon != std::string_view::npos && equal_ignoring_case(line.substr(0, colon), name)) {
      return std::string(trim_blanks(line.substr(colon + 1)));
    }
    if (end == std::string_view::npos) break;
    answer.remove_prefix(end + 2);
  }
  return {};
}

std::string dechunk(std::string_view body) {
  std::string out;
  while (!body.empty()) {
    const std::size_t size =
        std::stoul(std::string(body.substr(0, body.find("\r\n"))), nullptr, 16);
    if (size == 0) break;
    body.remove_prefix(body.find("\r\n") + 2);
    out.append(body.substr(0, size));
    body.remove_prefix(std::min(body.size(), size + 2));
  }
  return out;
}

bool eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

void TestServer::route(Method method, std::string_view pattern, std::size_t max_body,
                       PlainHandler handler) {
  router.add(method, pattern, "test", open_, render_plain, max_body,
             [handler = std::move(handler)](Request& request, const Public::Principal&) {
               return handler(request);
             });
}

void TestServer::fixed(Method method, std::string_view pattern, std::string body) {
  route(method, pattern, 1 << 20,
        [body = std::move(body)](Request&) -> base::Task<base::Result<Response>> {
          Response response;
          response.body = body;
          co_return response;
        });
}

void TestServer::start() {
  options.listen.host = "127.0.0.1";
  auto started = Server::start(loop, router, options);
  ASSERT_TRUE(started.ok()) << started.error().detail;
  server = std::move(started).value();
  thread_ = std::thread([this] { loop.run(); });
}

void TestServer::stop() {
  if (!thread_.joinable()) return;
  loop.stop();
  thread_.join();
  server.reset();
}

void TestServer::on_loop(std::function<void()> work) {
  std::promise<void> done;
  loop.post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

void TestServer::run(std::function<base::Task<void>()> work) {
  std::promise<void> done;
  loop.post([&] { base::detach(finish(&work, &done)); });
  done.get_future().wait();
}

std::size_t TestServer::open_connections() {
  std::size_t open = 0;
  on_loop([&] { open = server->open_connections(); });
  return open;
}

base::Task<base::Result<std::string_view>> PieceBody::next() {
  ++probe_->asked;
  if (count_ == 0) co_return std::string_view();
  --count_;
  if (loop_) {
    auto pause = loop_->sleep(pause_ms_);
    co_await std::move(pause);
  }
  co_return std::string_view(piece_);
}

HostileServer::HostileServer(std::function<void(int fd, int number)> talk)
    : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t length = sizeof address;
  EXPECT_EQ(bind(listener_, reinterpret_cast<sockaddr*>(&address), length), 0);
  EXPECT_EQ(listen(listener_, 64), 0);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this, talk = std::move(talk)] {
    for (;;) {
      const int fd = accept(listener_, nullptr, nullptr);
      if (fd < 0) return;
      const int number = accepted_++;
      talkers_.emplace_back([fd, number, talk] {
        talk(fd, number);
        close(fd);
      });
    }
  });
}

HostileServer::~HostileServer() {
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  for (auto& talker : talkers_) talker.join();
  close(listener_);
}

bool swallow_request(int fd) {
  std::string seen;
  char byte = 0;
  while (seen.find("\r\n\r\n") == std::string::npos) {
    if (recv(fd, &byte, 1, 0) != 1) return false;
    seen.push_back(byte);
  }
  return true;
}

}  // namespace b3iq::http::fixture
