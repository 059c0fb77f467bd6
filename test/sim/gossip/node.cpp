// SPDX-License-Identifier: EUPL-1.2
#include "test/sim/gossip/node.h"

#include <algorithm>

#include "node/runtime/deadline.h"

namespace comity::sim::gossip {
namespace {

using runtime::Code;
using runtime::Duration;
using runtime::Error;
using runtime::Result;
using runtime::Status;
using runtime::Task;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kDialTimeout = seconds(5);
constexpr Duration kHandshakeTimeout = seconds(5);
constexpr Duration kTellEvery = seconds(3);
constexpr Duration kSilenceMost = seconds(10);  // three signs of life missed
constexpr Duration kSendTimeout = seconds(15);
constexpr Duration kBackOffLeast = milliseconds(200);
constexpr Duration kBackOffMost = seconds(8);
constexpr std::size_t kUnansweredMost = 8;

bool text_is_right(std::uint64_t seed, const Message& message) {
  return message.text == message_text(seed, message.author, message.number);
}

}  // namespace

Node::Node(Machine& machine, const Roster& roster, std::size_t self, Notebook& notebook, Tally& tally,
           std::uint32_t own_messages)
    : machine_(machine),
      roster_(roster),
      self_(self),
      notebook_(notebook),
      tally_(tally),
      own_messages_(own_messages),
      current_(roster.size(), nullptr) {}

Task<void> Node::run() {
  auto listener = machine_.net().listen(Roster::endpoint(self_));
  if (!listener.ok()) {
    machine_.world().fail(to_string(listener.error()));
    co_return;
  }
  runtime::Nursery tasks(co_await runtime::this_executor);
  tasks.spawn("accept", accept_loop(listener->get(), &tasks));
  tasks.spawn("write", write_own());
  for (std::size_t peer = self_ + 1; peer < roster_.size(); ++peer)
    tasks.spawn("dial", dial_loop(peer));
  co_await tasks.join();
}

Task<void> Node::accept_loop(runtime::Listener* listener, runtime::Nursery* tasks) {
  for (;;) {
    auto stream = co_await listener->accept();
    if (!stream.ok()) co_return;
    if (unanswered_ < kUnansweredMost) tasks->spawn("answer", answer_call(*std::move(stream)));
  }
}

Task<void> Node::answer_call(std::unique_ptr<runtime::Stream> stream) {
  ++unanswered_;
  auto channel = co_await with_timeout(machine_.clock(), kHandshakeTimeout,
                                       answer(std::move(stream), &roster_, self_, &machine_.random()));
  --unanswered_;
  if (channel.ok()) {
    co_await converse(*std::move(channel));
  } else {
    ++tally_.failed_handshakes;
  }
}

Task<void> Node::dial_loop(std::size_t peer) {
  Duration back_off = kBackOffLeast;
  for (;;) {
    auto stream = co_await machine_.net().dial(Roster::endpoint(peer), kDialTimeout);
    if (stream.ok()) {
      auto channel =
          co_await with_timeout(machine_.clock(), kHandshakeTimeout,
                                greet(*std::move(stream), &roster_, self_, peer, &machine_.random()));
      if (channel.ok()) {
        back_off = kBackOffLeast;
        co_await converse(*std::move(channel));
      } else {
        ++tally_.failed_handshakes;
      }
    }
    // Half of the span is random, so that two members do not meet in step for ever.
    const Status slept =
        co_await machine_.clock().sleep_for(machine_.random().between(back_off / 2, back_off));
    if (!slept.ok()) co_return;
    back_off = std::min(back_off * 2, kBackOffMost);
  }
}

Task<void> Node::write_own() {
  while (notebook_.have[self_] < own_messages_) {
    const Status slept =
        co_await machine_.clock().sleep_for(machine_.random().between(milliseconds(200), seconds(8)));
    if (!slept.ok()) co_return;
    ++notebook_.have[self_];
    news_.notify_all();
  }
}

Task<void> Node::converse(std::unique_ptr<Channel> channel) {
  ++tally_.handshakes;
  const std::size_t peer = channel->peer();
  runtime::Nursery scope(co_await runtime::this_executor);
  Conversation conversation{channel.get(), &scope};
  conversation.known.assign(roster_.size(), 0);
  // The newer one wins: the older may be half-open without our knowledge.
  if (current_[peer] != nullptr) current_[peer]->scope->cancel();
  current_[peer] = &conversation;
  scope.spawn("read", part(&conversation, read_all(&conversation)));
  scope.spawn("send", part(&conversation, send_all(&conversation)));
  scope.spawn("feed", part(&conversation, feed(&conversation)));
  scope.spawn("tell", part(&conversation, tell(&conversation)));
  co_await scope.join();
  if (current_[peer] == &conversation) current_[peer] = nullptr;
  ++tally_.endings[conversation.ending];
  tally_.most_queued = std::max(tally_.most_queued, conversation.outgoing.high_water());
}

Task<void> Node::part(Conversation* conversation, Task<Status> work) {
  const Status status = co_await std::move(work);
  if (conversation->scope->cancelled()) co_return;
  conversation->ending = status.ok() ? Code::kUnknown : status.error().code;
  conversation->scope->cancel();
}

Task<Status> Node::read_all(Conversation* conversation) {
  for (;;) {
    COMITY_CO_TRY(const proto::Bytes bytes,
                  co_await with_timeout(machine_.clock(), kSilenceMost, conversation->channel->receive()));
    COMITY_CO_TRY(Parcel parcel, decode(bytes));
    if (auto* message = std::get_if<Message>(&parcel)) {
      COMITY_CO_CHECK(co_await take(std::move(*message)));
      continue;
    }
    const Have& have = std::get<Have>(parcel);
    if (have.counts.size() != roster_.size()) co_return Error{Code::kWrongSize};
    for (std::size_t author = 0; author < roster_.size(); ++author)
      conversation->known[author] = std::max(conversation->known[author], have.counts[author]);
    conversation->heard = true;
    news_.notify_all();
  }
}

Task<Status> Node::take(Message message) {
  const std::size_t author = message.author;
  if (author >= roster_.size()) co_return Error{Code::kWrongSize};
  const std::uint32_t number = message.number;
  auto check = [seed = roster_.seed(), message = std::move(message)] { return text_is_right(seed, message); };
  const bool right = co_await machine_.pool().run(std::move(check));
  if (!right) machine_.world().fail(machine_.name() + " opened a message that nobody wrote");
  // While the pool worked another conversation may have brought the same message.
  std::uint32_t& have = notebook_.have[author];
  if (number <= have) {
    ++tally_.duplicates;
    co_return Status{};
  }
  if (number != have + 1) machine_.world().fail(machine_.name() + " was sent a message out of order");
  have = number;
  ++tally_.stored;
  news_.notify_all();
  co_return Status{};
}

Task<Status> Node::send_all(Conversation* conversation) {
  for (;;) {
    COMITY_CO_TRY(proto::Bytes parcel, co_await conversation->outgoing.pop());
    COMITY_CO_CHECK(co_await with_timeout(machine_.clock(), kSendTimeout,
                                          conversation->channel->send(std::move(parcel))));
  }
}

Task<Status> Node::feed(Conversation* conversation) {
  for (;;) {
    bool fed = false;
    for (std::size_t author = 0; conversation->heard && author < roster_.size(); ++author) {
      while (conversation->known[author] < notebook_.have[author]) {
        const std::uint32_t number = ++conversation->known[author];
        Message message;
        message.author = static_cast<std::uint8_t>(author);
        message.number = number;
        message.text = message_text(roster_.seed(), author, number);
        proto::Bytes parcel = encode(message);
        const std::size_t size = parcel.size();
        COMITY_CO_CHECK(co_await conversation->outgoing.push(std::move(parcel), size));
        fed = true;
      }
    }
    if (!fed) COMITY_CO_CHECK(co_await news_.wait());
  }
}

Task<Status> Node::tell(Conversation* conversation) {
  for (;;) {
    Have have;
    have.counts = notebook_.have;
    proto::Bytes parcel = encode(have);
    const std::size_t size = parcel.size();
    // A full queue is a sign of life by itself.
    const Status queued = conversation->outgoing.try_push(std::move(parcel), size);
    if (!queued.ok() && queued.error().code != Code::kQueueFull) co_return queued;
    COMITY_CO_CHECK(co_await machine_.clock().sleep_for(kTellEvery));
  }
}

}  // namespace comity::sim::gossip
