// SPDX-License-Identifier: EUPL-1.2
#include <algorithm>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <netinet/tcp.h>

#include "node/runtime/asio/socket_stream.h"
#include "node/runtime/asio/system.h"
#include "node/runtime/deadline.h"
#include "node/runtime/one_shot.h"

namespace comity::runtime {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using TcpStream = detail::SocketStream<tcp::socket>;

// A silent connection is probed after 25 s, below the 30 s after which strict firewalls forget it; four lost
// probes, 5 s apart, end it.
constexpr int kKeepAliveIdleSeconds = 25;
constexpr int kKeepAliveIntervalSeconds = 5;
constexpr int kKeepAliveProbes = 4;

// No address of a host with several gets less than this, so that a distant one has a chance to answer.
constexpr Duration kLeastAttempt = std::chrono::seconds(1);

template <int Level, int Name>
using IntOption = boost::asio::detail::socket_option::integer<Level, Name>;

void tune(tcp::socket& socket) {
  error_code ignored;  // a connection without these options is slower, not wrong
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(tcp::socket::keep_alive(true), ignored);
  socket.set_option(IntOption<IPPROTO_TCP, TCP_KEEPIDLE>(kKeepAliveIdleSeconds), ignored);
  socket.set_option(IntOption<IPPROTO_TCP, TCP_KEEPINTVL>(kKeepAliveIntervalSeconds), ignored);
  socket.set_option(IntOption<IPPROTO_TCP, TCP_KEEPCNT>(kKeepAliveProbes), ignored);
}

Endpoint to_endpoint(const tcp::endpoint& address) {
  auto made = Endpoint::make(address.address().to_string(), address.port());
  return made.ok() ? *std::move(made) : Endpoint();  // a link-local address with a zone has no spelling here
}

Task<Result<std::unique_ptr<Stream>>> connect(Executor executor, tcp::endpoint to) {
  const std::string where = to_endpoint(to).to_string();
  COMITY_CO_CHECK(co_await detail::check_cancelled());
  tcp::socket socket(executor);
  const auto [failure] = co_await socket.async_connect(to, detail::kAsTuple);
  if (failure) co_return detail::connect_error(failure, where);
  // Dialling a free ephemeral port of this machine can, rarely, connect a socket to itself.
  error_code unknown;
  if (socket.local_endpoint(unknown) == to) co_return Error{Code::kConnectionRefused, where};
  tune(socket);
  co_return std::make_unique<TcpStream>(std::move(socket), to_endpoint(to));
}

/// Families take turns, the resolver's favourite first: a broken IPv6 route costs one attempt.
std::vector<tcp::endpoint> take_turns(const std::vector<tcp::endpoint>& found) {
  std::vector<tcp::endpoint> first;
  std::vector<tcp::endpoint> second;
  for (const tcp::endpoint& address : found)
    (address.protocol() == found.front().protocol() ? first : second).push_back(address);
  std::vector<tcp::endpoint> mixed;
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) mixed.push_back(first[i]);
    if (i < second.size()) mixed.push_back(second[i]);
  }
  return mixed;
}

class TcpListener final : public Listener {
 public:
  TcpListener(tcp::acceptor acceptor, Endpoint local)
      : acceptor_(std::move(acceptor)), local_(std::move(local)) {}

  Task<Result<std::unique_ptr<Stream>>> accept() override {
    for (;;) {
      COMITY_CO_CHECK(co_await detail::check_cancelled());
      if (closed_) co_return Error{Code::kStreamClosed};
      auto [failure, socket] = co_await acceptor_.async_accept(detail::kAsTuple);
      if (closed_) co_return Error{Code::kStreamClosed};
      // A caller that hung up while it stood in the queue is not worth a report.
      if (failure == boost::asio::error::connection_aborted) continue;
      if (failure) co_return detail::connect_error(failure, local_.to_string());
      error_code gone;
      const tcp::endpoint from = socket.remote_endpoint(gone);
      if (gone) continue;
      tune(socket);
      co_return std::make_unique<TcpStream>(std::move(socket), to_endpoint(from));
    }
  }

  const Endpoint& local() const noexcept override { return local_; }

  void close() noexcept override {
    closed_ = true;
    error_code ignored;
    acceptor_.close(ignored);
  }

 private:
  tcp::acceptor acceptor_;
  Endpoint local_;
  bool closed_ = false;
};

class TcpNet final : public Net {
 public:
  TcpNet(Executor executor, Clock& clock)
      : executor_(std::move(executor)), clock_(clock), resolver_(executor_) {}

  Task<Result<std::unique_ptr<Stream>>> dial(Endpoint to, Duration timeout) override {
    if (to.empty() || to.port() == 0) co_return Error{Code::kBadEndpoint, to.to_string()};
    const Mono deadline = after(clock_.now(), timeout);
    auto outcome = co_await with_deadline(clock_, deadline, dial_any(to, deadline));
    if (!outcome.ok() && outcome.error().code == Code::kTimedOut) {
      co_return Error{Code::kTimedOut, to.to_string()};
    }
    co_return outcome;
  }

  Result<std::unique_ptr<Listener>> listen(const Endpoint& at) override {
    error_code failure;
    const auto address = boost::asio::ip::make_address(at.host(), failure);
    if (failure)
      return Error{Code::kBadEndpoint, at.to_string() + ": listening needs an address, not a name"};
    const tcp::endpoint wanted(address, at.port());
    tcp::acceptor acceptor(executor_);
    acceptor.open(wanted.protocol(), failure);
    if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
    if (!failure && address.is_v6()) {
      acceptor.set_option(boost::asio::ip::v6_only(!address.is_unspecified()), failure);
    }
    if (!failure) acceptor.bind(wanted, failure);
    if (!failure) acceptor.listen(boost::asio::socket_base::max_listen_connections, failure);
    tcp::endpoint real;
    if (!failure) real = acceptor.local_endpoint(failure);
    if (failure) return detail::connect_error(failure, at.to_string());
    return std::unique_ptr<Listener>(std::make_unique<TcpListener>(std::move(acceptor), to_endpoint(real)));
  }

 private:
  struct Lookup {
    OneShot done;
    std::vector<tcp::endpoint> found;
  };

  Task<Result<std::vector<tcp::endpoint>>> resolve(Endpoint name) {
    error_code not_literal;
    const auto literal = boost::asio::ip::make_address(name.host(), not_literal);
    if (!not_literal) co_return std::vector<tcp::endpoint>(1, tcp::endpoint(literal, name.port()));
    // The system's resolver cannot be interrupted. Whoever is cancelled leaves at once; the answer, when it
    // comes, finds that nobody waits any more.
    const auto lookup = std::make_shared<Lookup>();
    resolver_.async_resolve(
        name.host(), std::to_string(name.port()), tcp::resolver::numeric_service,
        [lookup, name](const error_code& failure, const tcp::resolver::results_type& all) {
          for (const auto& entry : all)
            lookup->found.push_back(entry.endpoint());
          if (failure) {
            lookup->done.complete(detail::connect_error(failure, name.host()));
          } else {
            lookup->done.complete();
          }
        });
    COMITY_CO_CHECK(co_await lookup->done.wait());
    if (lookup->found.empty()) co_return Error{Code::kNameNotFound, name.host()};
    co_return take_turns(lookup->found);
  }

  Task<Result<std::unique_ptr<Stream>>> dial_any(Endpoint to, Mono deadline) {
    COMITY_CO_TRY(const std::vector<tcp::endpoint> addresses, co_await resolve(to));
    Error last{Code::kNameNotFound, to.to_string()};
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      const Duration share = (deadline - clock_.now()) / static_cast<std::int64_t>(addresses.size() - i);
      const Mono until = after(clock_.now(), std::max(share, kLeastAttempt));
      auto outcome = co_await with_deadline(clock_, until, connect(executor_, addresses[i]));
      if (outcome.ok() || outcome.error().code == Code::kCancelled) co_return outcome;
      last = outcome.error();
    }
    co_return last;
  }

  Executor executor_;
  Clock& clock_;
  tcp::resolver resolver_;
};

}  // namespace

std::unique_ptr<Net> make_tcp_net(Executor executor, Clock& clock) {
  return std::make_unique<TcpNet>(std::move(executor), clock);
}

}  // namespace comity::runtime
