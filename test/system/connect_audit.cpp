// SPDX-License-Identifier: EUPL-1.2
// Preloaded into a node (LD_PRELOAD): notes every connect() and every name that is looked up, one a line, in
// the file that COMITY_CONNECT_LOG names.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <arpa/inet.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

void note(const char* what, const char* whereto, unsigned port) {
  const char* const path = std::getenv("COMITY_CONNECT_LOG");
  if (path == nullptr) return;
  std::array<char, 600> line{};
  const int size = std::snprintf(line.data(), line.size(), "%s %.500s %u\n", what, whereto, port);
  const int file = ::open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return;
  [[maybe_unused]] const auto written = ::write(file, line.data(), static_cast<std::size_t>(size));
  ::close(file);
}

}  // namespace

extern "C" int connect(int socket, const sockaddr* address, socklen_t size) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof in);
    note("inet", ::inet_ntop(AF_INET, &in.sin_addr, text.data(), text.size()), ntohs(in.sin_port));
  } else if (address->sa_family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, address, sizeof in);
    note("inet6", ::inet_ntop(AF_INET6, &in.sin6_addr, text.data(), text.size()), ntohs(in.sin6_port));
  } else {
    note("other", "-", address->sa_family);
  }
  using Connect = int (*)(int, const sockaddr*, socklen_t);
  static const auto next = reinterpret_cast<Connect>(::dlsym(RTLD_NEXT, "connect"));
  return next(socket, address, size);
}

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** result) {
  note("name", node == nullptr ? "-" : node, 0);
  using Resolve = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto next = reinterpret_cast<Resolve>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  return next(node, service, hints, result);
}
