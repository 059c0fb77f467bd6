// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "node/runtime/condition.h"
#include "node/runtime/nursery.h"
#include "node/runtime/queue.h"
#include "test/sim/gossip/channel.h"
#include "test/sim/gossip/wire.h"
#include "test/sim/machine.h"

namespace comity::sim::gossip {

/// What the nodes of a world did, over all starts.
struct Tally {
  std::uint64_t handshakes = 0;
  std::uint64_t failed_handshakes = 0;
  std::uint64_t stored = 0;
  std::uint64_t duplicates = 0;
  std::size_t most_queued = 0;                     ///< bytes, of the fullest queue ever
  std::map<proto::Code, std::uint64_t> endings{};  ///< why conversations ended
};

inline constexpr std::size_t kQueueBytes = 8 * 1024;  ///< outgoing parcels of one conversation

/// One start of a member: listens, dials those with a higher number, writes its own messages, and passes on
/// what others lack. Lives in the frame of its machine's program.
class Node {
 public:
  Node(Machine& machine, const Roster& roster, std::size_t self, Notebook& notebook, Tally& tally,
       std::uint32_t own_messages);

  /// Until cancelled.
  [[nodiscard]] runtime::Task<void> run();

 private:
  /// One authenticated connection.
  struct Conversation {
    Channel* channel;
    runtime::Nursery* scope;
    runtime::Queue<proto::Bytes> outgoing{kQueueBytes};
    std::vector<std::uint32_t> known;  ///< what the peer has, or will have when our queue is through
    bool heard = false;                ///< the peer has said what it has
    proto::Code ending = proto::Code::kUnknown;
  };

  [[nodiscard]] runtime::Task<void> accept_loop(runtime::Listener* listener, runtime::Nursery* tasks);
  [[nodiscard]] runtime::Task<void> dial_loop(std::size_t peer);
  [[nodiscard]] runtime::Task<void> write_own();
  [[nodiscard]] runtime::Task<void> answer_call(std::unique_ptr<runtime::Stream> stream);
  [[nodiscard]] runtime::Task<void> converse(std::unique_ptr<Channel> channel);
  [[nodiscard]] runtime::Task<void> part(Conversation* conversation, runtime::Task<runtime::Status> work);
  [[nodiscard]] runtime::Task<runtime::Status> read_all(Conversation* conversation);
  [[nodiscard]] runtime::Task<runtime::Status> send_all(Conversation* conversation);
  [[nodiscard]] runtime::Task<runtime::Status> feed(Conversation* conversation);
  [[nodiscard]] runtime::Task<runtime::Status> tell(Conversation* conversation);
  [[nodiscard]] runtime::Task<runtime::Status> take(Message message);

  Machine& machine_;
  const Roster& roster_;
  std::size_t self_;
  Notebook& notebook_;
  Tally& tally_;
  std::uint32_t own_messages_;
  std::size_t unanswered_ = 0;
  std::vector<Conversation*> current_;  // by member; nothing for those without a conversation
  runtime::Condition news_;
};

}  // namespace comity::sim::gossip
