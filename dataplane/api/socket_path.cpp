// SPDX-License-Identifier: Apache-2.0
#include "dataplane/api/socket_path.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace palpo::api {
namespace {

std::string reason_of(int code) { return std::strerror(code); }

Result<sockaddr_un> address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.find('\0') != std::string::npos) return invalid("the socket path is empty");
  if (path.size() >= sizeof address.sun_path)
    return invalid("the socket path " + path + " is too long: at most " +
                   std::to_string(sizeof address.sun_path - 1) + " bytes are possible");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

std::string directory_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

Result<void> check_directory(const std::string& directory) {
  if (::mkdir(directory.c_str(), 0700) == 0) {
    if (::chmod(directory.c_str(), 0700) != 0)  // whatever the umask took away
      return Error{ErrorKind::unavailable, "chmod " + directory + ": " + reason_of(errno)};
  } else if (errno != EEXIST) {
    return Error{ErrorKind::unavailable,
                 "the socket's directory " + directory + " cannot be created: " + reason_of(errno)};
  }
  struct stat info {};
  if (::lstat(directory.c_str(), &info) != 0)
    return Error{ErrorKind::unavailable, "the socket's directory " + directory + ": " + reason_of(errno)};
  if (!S_ISDIR(info.st_mode))
    return Error{ErrorKind::forbidden, "the socket's directory " + directory + " is not a directory"};
  if (info.st_uid != ::geteuid())
    return Error{ErrorKind::forbidden, "the socket's directory " + directory + " belongs to uid " +
                                           std::to_string(info.st_uid) + ", not to this process's uid " +
                                           std::to_string(::geteuid())};
  if ((info.st_mode & 077) != 0)
    return Error{ErrorKind::forbidden,
                 "the socket's directory " + directory + " is open to other users; its mode must be 0700"};
  return {};
}

}  // namespace

Result<void> prepare_socket_path(const std::string& path) {
  if (auto address = address_of(path); !address) return address.error();
  if (auto directory = check_directory(directory_of(path)); !directory) return directory.error();
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return {};
    return Error{ErrorKind::unavailable, path + ": " + reason_of(errno)};
  }
  if (!S_ISSOCK(info.st_mode))
    return Error{ErrorKind::conflict, path + " exists and is not a socket; it is left alone"};
  auto alive = connect_unix_socket(path);
  if (alive) ::close(*alive);
  if (alive || alive.error().kind == ErrorKind::limit)
    return Error{ErrorKind::conflict, "another process listens at " + path};
  if (::unlink(path.c_str()) != 0 && errno != ENOENT)
    return Error{ErrorKind::unavailable,
                 "the stale socket " + path + " cannot be removed: " + reason_of(errno)};
  return {};
}

Result<int> connect_unix_socket(const std::string& path) {
  const auto address = address_of(path);
  if (!address) return address.error();
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (socket < 0) return Error{ErrorKind::unavailable, "no socket: " + reason_of(errno)};
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0) return socket;
  const int code = errno;
  ::close(socket);
  // A Unix socket never connects later: EAGAIN says that the listener's queue is full.
  if (code == EAGAIN) return Error{ErrorKind::limit, "the listener at " + path + " accepts nobody now"};
  return Error{ErrorKind::unavailable, "nobody listens at " + path + ": " + reason_of(code)};
}

Result<PeerIdentity> identify_peer(int socket) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
    return Error{ErrorKind::forbidden, "the peer cannot be identified: " + reason_of(errno)};
  const PeerIdentity peer{credentials.pid, credentials.uid};
  if (peer.uid != ::geteuid())
    return Error{ErrorKind::forbidden, "the peer (" + peer.text() +
                                           ") is another user's process; this one is uid " +
                                           std::to_string(::geteuid())};
  return peer;
}

}  // namespace palpo::api
