// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <memory>

#include "node/runtime/clock.h"
#include "node/runtime/net.h"
#include "node/runtime/pool.h"

/// The real world behind the seams. Each object belongs to the thread of its executor and is destroyed after
/// the tasks that use it and before the Loop.
namespace comity::runtime {

/// The machine's clocks: the only place that reads them.
[[nodiscard]] std::unique_ptr<Clock> make_system_clock(Executor executor);

/// TCP: no delay, keep-alive after 25 s of silence, IPv4 and IPv6. `clock` bounds the attempts of dial().
[[nodiscard]] std::unique_ptr<Net> make_tcp_net(Executor executor, Clock& clock);

/// `threads` workers (at least 1). Its destructor waits for the jobs that run.
[[nodiscard]] std::unique_ptr<Pool> make_thread_pool(std::size_t threads);

}  // namespace comity::runtime
