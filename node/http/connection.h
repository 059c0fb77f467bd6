// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_set>

#include "node/http/handler.h"
#include "node/http/parser.h"
#include "node/runtime/clock.h"
#include "node/runtime/net.h"

namespace comity::http {

/// How long each phase of a connection may take.
struct Patience {
  std::chrono::seconds idle{60};    ///< silence between two requests
  std::chrono::seconds header{10};  ///< from the first byte of a request to the end of its fields
  std::chrono::seconds body{60};    ///< then until the end of its body
  std::chrono::seconds write{60};   ///< until the caller has taken the whole answer
  /// After a refusal, for a caller that still sends: closing at once could destroy the answer on its way.
  std::chrono::seconds linger{2};
};

/// How a server treats every connection. The callbacks outlive the connections.
struct Service {
  Handler handler;
  Refusal refusal;
  /// Told of what a handler threw.
  std::function<void(const std::string& what)> failed;
  Limits limits{};
  Patience patience{};
  /// Bytes of requests of all connections together; who sends beyond is told that the node is busy.
  std::size_t most_held = std::size_t{64} << 20U;
  /// Bytes that each connection holds while it waits for a request. What fits comes with one read.
  std::size_t idle_buffer = 512;
};

/// What a server shares with its connections, for an orderly end.
struct Draining {
  bool started = false;                       ///< connections end after the answer they are working on
  std::unordered_set<runtime::Stream*> idle;  ///< those that wait for the first byte of a request
  /// Those whose request is not whole yet, the longest waiting first: who may have to make room.
  std::map<std::uint64_t, runtime::Stream*> waiting{};
  std::uint64_t turn = 0;
  std::size_t held = 0;  ///< bytes of requests that are arriving or being answered
};

/// Serves requests on `stream`, one after the other, until either side ends it, then closes it. Requests that
/// break a rule get one answer that says so, and the connection ends. Owner thread.
[[nodiscard]] Task<void> serve(std::unique_ptr<runtime::Stream> stream, Caller caller, const Service* service,
                               Draining* draining, runtime::Clock* clock);

}  // namespace comity::http
