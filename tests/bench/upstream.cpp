// SPDX-License-Identifier: Apache-2.0
// palpo-bench-upstream ADDRESS:PORT: the homeserver of the bench. One thread, raw epoll, as little of its own
// as possible: GET / answers a small document, /bytes/N streams N bytes, POST or PUT takes any body
// (Content-Length or chunked), /poll never answers. Trusts its clients; not for anything else.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace {

constexpr std::string_view kSmall =
    "HTTP/1.1 200 OK\r\nServer: bench\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Type: "
    "application/json\r\n"
    "Access-Control-Allow-Origin: *\r\nContent-Length: 65\r\n\r\n"
    "{\"versions\":[\"v1.1\",\"v1.2\",\"v1.3\",\"v1.4\"],\"unstable_features\":{}}";
static_assert(kSmall.size() - kSmall.find("\r\n\r\n") - 4 == 65);
constexpr std::string_view kTaken = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
constexpr std::size_t kBlock = 256 * 1024;

struct Client {
  int fd = -1;
  std::string head;           // unfinished
  std::uint64_t to_read = 0;  // of a request's body
  bool chunked = false;       // the body ends with the last chunk
  std::string chunk_tail;     // the last bytes seen of a chunked body
  std::uint64_t to_send = 0;  // of a response's body
  std::string unsent;
};

class Upstream {
 public:
  explicit Upstream(int listener) : epoll_(::epoll_create1(0)), listener_(listener), block_(kBlock, 'x') {
    watch(listener_, EPOLLIN);
  }
  [[noreturn]] void run() {
    std::array<epoll_event, 256> events{};
    for (;;) {
      const int count = ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const epoll_event& event = events[static_cast<std::size_t>(i)];
        if (event.data.fd == listener_) {
          accept_all();
        } else if (const auto found = clients_.find(event.data.fd); found != clients_.end()) {
          if (!serve(*found->second, event.events)) drop(event.data.fd);
        }
      }
    }
  }

 private:
  void watch(int fd, std::uint32_t events) const {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }
  void accept_all() {
    for (int fd = 0; (fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      auto client = std::make_unique<Client>();
      client->fd = fd;
      clients_[fd] = std::move(client);
      watch(fd, EPOLLIN | EPOLLOUT | EPOLLET);
    }
  }
  void drop(int fd) {
    ::close(fd);
    clients_.erase(fd);
  }
  bool serve(Client& client, std::uint32_t events) {
    if ((events & EPOLLOUT) != 0 && !send_more(client)) return false;
    if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return true;
    for (;;) {
      const ssize_t got = ::recv(client.fd, buffer_.data(), buffer_.size(), 0);
      if (got < 0) return errno == EAGAIN;
      if (got == 0) return false;
      if (!take(client, {buffer_.data(), static_cast<std::size_t>(got)})) return false;
      if (static_cast<std::size_t>(got) < buffer_.size()) return true;
    }
  }
  bool take(Client& client, std::string_view bytes) {
    while (!bytes.empty()) {
      if (client.chunked) {
        client.chunk_tail.append(bytes.substr(bytes.size() - std::min<std::size_t>(bytes.size(), 7)));
        if (client.chunk_tail.size() > 7) client.chunk_tail.erase(0, client.chunk_tail.size() - 7);
        if (client.chunk_tail.ends_with("0\r\n\r\n")) {
          client.chunked = false;
          return send(client, kTaken);
        }
        return true;
      }
      if (client.to_read > 0) {
        const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(client.to_read, bytes.size()));
        client.to_read -= part;
        bytes.remove_prefix(part);
        if (client.to_read == 0 && !send(client, kTaken)) return false;
        continue;
      }
      std::string whole;
      if (!client.head.empty()) {
        client.head.append(bytes);
        whole.swap(client.head);
        bytes = whole;
      }
      const std::size_t end = bytes.find("\r\n\r\n");
      if (end == std::string_view::npos) {
        client.head = bytes;
        return true;
      }
      const std::string_view body = bytes.substr(end + 4);
      if (!begin(client, bytes.substr(0, end + 4))) return false;
      if (!whole.empty()) return take(client, std::string(body));
      bytes = body;
    }
    return true;
  }
  bool begin(Client& client, std::string_view head) {
    if (head.starts_with("GET / ")) return send(client, kSmall);
    const std::string_view target = head.substr(head.find(' ') + 1);
    if (target.starts_with("/poll")) return true;
    if (target.starts_with("/bytes/")) {
      client.to_send = std::strtoull(target.data() + 7, nullptr, 10);
      return send(client,
                  "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(client.to_send) + "\r\n\r\n");
    }
    if (const std::size_t at = head.find("Content-Length: "); at != std::string_view::npos) {
      client.to_read = std::strtoull(head.data() + at + 16, nullptr, 10);
      return client.to_read > 0 || send(client, kTaken);
    }
    client.chunked = head.find("Transfer-Encoding: chunked") != std::string_view::npos;
    client.chunk_tail.clear();
    return client.chunked || send(client, kSmall);
  }
  bool send(Client& client, std::string_view bytes) {
    if (!client.unsent.empty()) {
      client.unsent.append(bytes);
      return true;
    }
    const ssize_t taken = ::send(client.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (taken < 0 && errno != EAGAIN) return false;
    client.unsent.assign(bytes.substr(taken < 0 ? 0 : static_cast<std::size_t>(taken)));
    return send_more(client);
  }
  bool send_more(Client& client) {
    while (!client.unsent.empty()) {
      const ssize_t taken = ::send(client.fd, client.unsent.data(), client.unsent.size(), MSG_NOSIGNAL);
      if (taken < 0) return errno == EAGAIN;
      client.unsent.erase(0, static_cast<std::size_t>(taken));
    }
    while (client.to_send > 0) {
      const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(client.to_send, kBlock));
      const ssize_t taken = ::send(client.fd, block_.data(), part, MSG_NOSIGNAL);
      if (taken < 0) return errno == EAGAIN;
      client.to_send -= static_cast<std::uint64_t>(taken);
    }
    return true;
  }

  int epoll_;
  int listener_;
  std::string block_;
  std::array<char, 128 * 1024> buffer_{};
  std::unordered_map<int, std::unique_ptr<Client>> clients_;
};

int listen_on(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (colon == std::string::npos ||
      ::inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) != 1) {
    return -1;
  }
  address.sin_port = htons(static_cast<std::uint16_t>(std::strtoul(text.c_str() + colon + 1, nullptr, 10)));
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(fd, 4096) != 0)
    return -1;
  return fd;
}

}  // namespace

int main(int count, char** arguments) {
  const int listener = count == 2 ? listen_on(arguments[1]) : -1;
  if (listener < 0) {
    std::fputs("usage: palpo-bench-upstream IPV4:PORT\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  std::make_unique<Upstream>(listener)->run();
}
