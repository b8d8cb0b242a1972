// SPDX-License-Identifier: Apache-2.0
#include "dataplane/net/tcp_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <cerrno>
#include <utility>

namespace palpo::net {

namespace {
constexpr std::size_t kKeptQueueCapacity = 4096;  // a drained queue gives more than that back
}  // namespace

int TcpStream::adopt(Fd connected) {
  fd_ = std::move(connected);
  const int error = loop_.watch(fd_.get(), *this);
  if (error != 0) fd_.reset();
  return error;
}

int TcpStream::connect(const sockaddr* address, socklen_t size) {
  fd_.reset();  // of an address tried before; the deadline is for all of them
  Fd fd(::socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return errno;
  if (fd.get() >= loop_.descriptor_limit()) return EMFILE;
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (::connect(fd.get(), address, size) != 0 && errno != EINPROGRESS) return errno;
  connecting_ = true;
  peer_ended_ = failed_ = broken_ = readable_ = false;
  const int error = adopt(std::move(fd));
  if (error != 0) connecting_ = false;
  return error;
}

void TcpStream::finish_connect() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  connecting_ = false;
  on_connected(error);
}

void TcpStream::close() {
  clear_deadline();
  fd_.reset();
  queue_.clear();
  sent_ = 0;
}

void TcpStream::reset() {
  const linger at_once{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void TcpStream::shutdown_write() {
  if (!fd_) return;
  if (drained()) {
    ::shutdown(fd_.get(), SHUT_WR);
  } else {
    end_writing_ = true;
  }
}

void TcpStream::resume() {
  paused_ = false;
  if (readable_) loop_.again(*this);
}

Sent TcpStream::send(const char* data, std::size_t size) {
  const iovec part{const_cast<char*>(data), size};
  return send(&part, 1);
}

Sent TcpStream::send(const iovec* parts, std::size_t count) {
  if (!fd_ || broken_) return Sent::failed;
  if (!queue_.empty()) {
    keep(parts, count, 0);
    return Sent::queued;
  }
  ssize_t taken = 0;
  if (count == 1) {
    taken = ::send(fd_.get(), parts->iov_base, parts->iov_len, MSG_NOSIGNAL);
  } else {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(parts);
    message.msg_iovlen = count;
    taken = ::sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
  }
  if (taken < 0) {
    if (errno != EAGAIN && errno != EINTR) {
      broken_ = true;
      loop_.again(*this);
      return Sent::failed;
    }
    taken = 0;
  }
  auto rest = static_cast<std::size_t>(taken);
  while (count > 0 && rest >= parts->iov_len) {
    rest -= parts->iov_len;
    ++parts;
    --count;
  }
  if (count == 0) return Sent::all;
  keep(parts, count, rest);
  return Sent::queued;
}

void TcpStream::keep(const iovec* parts, std::size_t count, std::size_t skip) {
  for (std::size_t i = 0; i < count; ++i) {
    queue_.append(static_cast<const char*>(parts[i].iov_base) + skip, parts[i].iov_len - skip);
    skip = 0;
  }
}

void TcpStream::flush() {
  const std::size_t before = sent_;
  while (sent_ < queue_.size()) {
    const ssize_t taken = ::send(fd_.get(), queue_.data() + sent_, queue_.size() - sent_, MSG_NOSIGNAL);
    if (taken < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) {
        broken_ = true;
        return;
      }
      if (sent_ != before) on_some_sent();
      return;
    }
    sent_ += static_cast<std::size_t>(taken);
  }
  sent_ = 0;
  queue_.clear();
  if (queue_.capacity() > kKeptQueueCapacity) std::string().swap(queue_);
  if (end_writing_) ::shutdown(fd_.get(), SHUT_WR);
  on_drained();
}

void TcpStream::on_ready(std::uint32_t events) {
  if (events == 0) on_turn();
  if (closed()) return;
  if (connecting_) {
    if ((events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) == 0) return;
    finish_connect();
    if (closed() || connecting_) return;
  }
  if ((events & EPOLLRDHUP) != 0) peer_ended_ = true;
  if ((events & EPOLLHUP) != 0) peer_ended_ = true;
  if ((events & EPOLLERR) != 0) failed_ = true;
  if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLERR | EPOLLHUP)) != 0) readable_ = true;
  if ((events & EPOLLOUT) != 0 && !queue_.empty() && !broken_) flush();
  if (closed()) return;
  const bool reads_on = !paused_ && (!broken_ || after_break_ == AfterBreak::read_on);
  if ((broken_ || failed_) && !reads_on) {
    on_end(true);
    return;
  }
  if (broken_) readable_ = true;
  pump();
}

void TcpStream::pump() {
  for (int reads = 0; readable_ && !paused_; ++reads) {
    if (reads == reads_per_turn_) {
      loop_.again(*this);
      return;
    }
    const ssize_t got = ::recv(fd_.get(), loop_.scratch(), read_size_, 0);
    if (got > 0) {
      // Less than there was room for: the kernel has no more, and will say so when it has again.
      if (static_cast<std::size_t>(got) < read_size_ && !peer_ended_ && !failed_) readable_ = false;
      on_input(loop_.scratch(), static_cast<std::size_t>(got));
      if (closed()) return;
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    readable_ = false;
    if (got < 0 && errno == EAGAIN && !broken_) return;
    on_end(got < 0 || broken_);
    return;
  }
}

}  // namespace palpo::net
