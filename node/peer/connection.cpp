// SPDX-License-Identifier: EUPL-1.2
#include "node/peer/connection.h"

#include <array>
#include <exception>
#include <utility>

#include "node/peer/live_session.h"
#include "node/runtime/condition.h"
#include "node/runtime/deadline.h"
#include "node/runtime/nursery.h"

namespace comity::peer {
namespace {

using runtime::Mono;
using runtime::Nursery;
using runtime::Stream;

template <class Side>
Task<Result<Established>> shake(Stream* stream, Side* side) {
  std::array<std::byte, kMostHandshakeBytes> room{};
  for (;;) {
    const Bytes out = side->take_output();
    const Status written = co_await runtime::write_all(*stream, out);
    if (!written.ok()) co_return side->ended(written.error());
    if (side->finished()) co_return side->finish();
    const std::span<std::byte> wanted = std::span(room).first(side->wanted());
    const auto count = co_await stream->read_some(wanted);
    if (!count.ok()) co_return side->ended(count.error());
    COMITY_CO_CHECK(side->take(ByteView(room).first(*count)));
  }
}

/// The tasks of one session and what they share, in the frame of run_session().
struct Drive {
  Drive(runtime::Clock& the_clock, std::unique_ptr<Stream> the_stream, runtime::Executor executor)
      : clock(the_clock), stream(std::move(the_stream)), tasks(std::move(executor)) {}

  runtime::Clock& clock;
  std::unique_ptr<Stream> stream;
  Nursery tasks;
  runtime::Condition output;  // there may be something to write
  runtime::Condition sooner;  // the deadline came nearer
  Mono sleeps_until = runtime::kNever;
  LiveSession* session = nullptr;

  void wake() {
    output.notify_all();
    if (session != nullptr && session->deadline() < sleeps_until) sooner.notify_all();
  }
};

Task<void> read_loop(Drive* drive) {
  LiveSession& session = *drive->session;
  while (!session.over()) {
    if (session.read_from() > drive->clock.now()) {
      const Status slept = co_await drive->clock.sleep_until(session.read_from());
      if (!slept.ok()) co_return;
    }
    const std::span<std::byte> room = session.input_room();
    const auto count = co_await drive->stream->read_some(room);
    if (!count.ok() && count.error().code == Code::kCancelled) co_return;
    if (count.ok()) {
      session.received(*count, drive->clock.now());
    } else {
      session.lost(count.error());
    }
  }
  drive->tasks.cancel();
}

Task<void> write_loop(Drive* drive) {
  LiveSession& session = *drive->session;
  while (!session.over()) {
    const ByteView bytes = session.output(drive->clock.now());
    if (bytes.empty()) {
      if (session.over()) break;
      if (session.said_bye()) {
        // The reader awaits the other side's end: closing now could destroy the Bye on its way.
        drive->stream->finish_writes();
        co_return;
      }
      const Status woken = co_await drive->output.wait();
      if (!woken.ok()) co_return;
      continue;
    }
    const auto count = co_await drive->stream->write_some(bytes);
    if (!count.ok() && count.error().code == Code::kCancelled) co_return;
    if (count.ok()) {
      session.taken(*count, drive->clock.now());
    } else {
      session.lost(count.error());
    }
  }
  drive->tasks.cancel();
}

Task<void> time_loop(Drive* drive) {
  LiveSession& session = *drive->session;
  while (!session.over()) {
    drive->sleeps_until = session.deadline();
    const Status woken =
        co_await runtime::with_deadline(drive->clock, drive->sleeps_until, drive->sooner.wait());
    drive->sleeps_until = runtime::kNever;
    if (!woken.ok() && woken.error().code == Code::kCancelled) co_return;
    session.tick(drive->clock.now());
  }
  drive->tasks.cancel();
}

}  // namespace

Task<Result<Established>> shake_hands(Stream* stream, Initiator* side) {
  return shake(stream, side);
}

Task<Result<Established>> shake_hands(Stream* stream, Responder* side) {
  return shake(stream, side);
}

Task<Ended> run_session(const Local* local, std::unique_ptr<Stream> stream, Established established) {
  const auto hello = local->hello(established.contact);
  if (!hello.ok()) co_return Ended{.why = hello.error(), .met = true};
  const runtime::Executor executor = co_await runtime::this_executor;
  Drive drive(local->clock, std::move(stream), executor);
  LiveSession session(std::move(established), *hello, local->handler, local->clock.now(),
                      [&drive] { drive.wake(); });
  drive.session = &session;
  drive.tasks.spawn("session reader", read_loop(&drive));
  drive.tasks.spawn("session writer", write_loop(&drive));
  drive.tasks.spawn("session timer", time_loop(&drive));
  std::exception_ptr failure;
  try {
    co_await drive.tasks.join();
  } catch (...) {
    failure = std::current_exception();
  }
  drive.stream->close();
  session.finish();
  if (failure) std::rethrow_exception(failure);
  Ended ended{.why = session.why(), .met = true, .opened = session.opened(), .theirs = session.theirs()};
  co_return ended;
}

Task<Ended> run_dialled(const Local* local, std::unique_ptr<Stream> stream, Call call) {
  auto begun = Initiator::begin(std::move(call), local->random);
  if (!begun.ok()) co_return Ended{.why = begun.error()};
  Initiator side = *std::move(begun);
  auto established = co_await runtime::with_timeout(local->clock, proto::bounds::kPreAuthTime,
                                                    shake_hands(stream.get(), &side));
  if (!established.ok()) co_return Ended{.why = established.error()};
  co_return co_await run_session(local, std::move(stream), *std::move(established));
}

}  // namespace comity::peer
