// SPDX-License-Identifier: EUPL-1.2
#include "node/peer/channel.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace comity::peer {

namespace noise = crypto::noise;
using proto::bounds::kFrameBytes;

void LaneQueues::push(Lane lane, Bytes message) {
  Queue& queue = lanes_.at(index(lane));
  queue.bytes += message.size();
  queue.messages.push_back(std::move(message));
}

bool LaneQueues::empty() const noexcept {
  return std::ranges::all_of(lanes_, [](const Queue& queue) { return queue.messages.empty(); });
}

LaneQueues::Piece LaneQueues::front(std::size_t most) {
  if (!chosen_) {
    int total = 0;
    std::size_t best = kLanes;
    for (std::size_t i = 0; i < kLanes; ++i) {
      Queue& queue = lanes_.at(i);
      if (queue.messages.empty()) continue;
      total += kWeights.at(i);
      queue.turn += kWeights.at(i);
      if (best == kLanes || queue.turn > lanes_.at(best).turn) best = i;
    }
    if (best == kLanes) throw std::logic_error("no message waits");
    lanes_.at(best).turn -= total;
    chosen_ = static_cast<Lane>(best);
  }
  const Queue& queue = lanes_.at(index(*chosen_));
  const ByteView rest = ByteView(queue.messages.front()).subspan(queue.sent);
  return Piece{*chosen_, rest.first(std::min(rest.size(), most)), rest.size() <= most};
}

void LaneQueues::pop(const Piece& piece) {
  Queue& queue = lanes_.at(index(piece.lane));
  queue.bytes -= piece.body.size();
  queue.sent += piece.body.size();
  if (piece.last) {
    queue.messages.pop_front();
    queue.sent = 0;
    if (queue.messages.empty()) queue.turn = 0;
  }
  chosen_.reset();
}

void LaneQueues::drop_unsent() {
  for (std::size_t i = 0; i < kLanes; ++i) {
    Queue& queue = lanes_.at(i);
    const bool begun = static_cast<Lane>(i) == Lane::kControl && queue.sent != 0;
    Queue kept;
    if (begun) {
      kept.sent = queue.sent;
      kept.bytes = queue.messages.front().size() - queue.sent;
      kept.messages.push_back(std::move(queue.messages.front()));
    }
    queue = std::move(kept);
  }
  chosen_.reset();
}

Channel::Channel(noise::Session keys)
    : sealer_(std::move(keys.send)),
      opener_(std::move(keys.receive)),
      input_(std::make_unique_for_overwrite<std::byte[]>(kInputBytes)) {}

void Channel::push(Lane lane, Bytes message) {
  if (last_ || close_sealed_) throw std::logic_error("a message after the last one");
  queues_.push(lane, std::move(message));
}

void Channel::close_with(Bytes last, bool drain) {
  if (last_ || close_sealed_) throw std::logic_error("two last messages");
  if (!drain) queues_.drop_unsent();
  last_ = std::move(last);
}

Result<ByteView> Channel::output() {
  if (taken_ == output_.size()) {
    output_.clear();
    taken_ = 0;
    // A burst leaves no large buffer behind: an idle session is small.
    if (output_.capacity() > kFrameBytes && queues_.empty()) Bytes().swap(output_);
    while (!close_sealed_ && (last_ || !queues_.empty()) && output_.size() + kFrameBytes <= kOutputBytes)
      COMITY_CHECK(seal_next());
  }
  return ByteView(output_).subspan(taken_);
}

Status Channel::seal_next() {
  const bool closing = queues_.empty();
  const LaneQueues::Piece piece =
      closing ? LaneQueues::Piece{Lane::kControl, *last_, true} : queues_.front(noise::kMaxRecordBody);
  const std::size_t before = output_.size();
  output_.resize(before + noise::record_bytes(piece.body.size()));
  const noise::RecordHead head{piece.lane, piece.last, closing};
  const auto sealed = sealer_.seal(head, piece.body, std::span(output_).subspan(before));
  if (!sealed.ok()) {
    output_.resize(before);
    return sealed.error();
  }
  if (closing) {
    last_.reset();
    close_sealed_ = true;
  } else {
    queues_.pop(piece);
  }
  return {};
}

void Channel::taken(std::size_t count) {
  if (count > output_.size() - taken_) throw std::logic_error("more taken than given");
  taken_ += count;
  bytes_out_ += count;
}

std::span<std::byte> Channel::input_room() {
  if (begin_ == end_) {
    begin_ = end_ = 0;
  } else if (kInputBytes - end_ < kFrameBytes) {
    std::memmove(input_.get(), input_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  return {input_.get() + end_, kInputBytes - end_};
}

void Channel::received(std::size_t count) {
  if (count > kInputBytes - end_) throw std::logic_error("more received than there was room");
  end_ += count;
  bytes_in_ += count;
}

Result<std::optional<Channel::Message>> Channel::next() {
  if (!whole_.empty()) whole_ = {};
  for (;;) {
    const std::span<std::byte> waiting(input_.get() + begin_, end_ - begin_);
    COMITY_TRY(const std::optional<std::size_t> size, noise::announced_record_bytes(waiting));
    if (!size || waiting.size() < *size) return std::optional<Message>();
    begin_ += *size;
    COMITY_TRY(const noise::Record record, opener_.open(waiting.first(*size)));
    ++records_in_;
    COMITY_TRY(const std::optional<Message> message, assemble(record));
    if (message) return message;
  }
}

Result<std::optional<Channel::Message>> Channel::assemble(const noise::Record& record) {
  const noise::RecordHead& head = record.head;
  if (head.close && (!head.fin || head.lane != Lane::kControl)) {
    return Error{Code::kBadRecord, "a last record that ends no message of the control lane"};
  }
  if (record.body.empty()) return Error{Code::kBadRecord, "a record without content"};
  Bytes& parts = parts_.at(index(head.lane));
  const std::size_t most = most_.at(index(head.lane));
  if (most == 0) return Error{Code::kSessionOrder, "on a lane that this session does not have"};
  if (record.body.size() > most - parts.size()) {
    return Error{Code::kMessageTooLong, "before its last record"};
  }
  if (head.fin && parts.empty()) return std::optional(Message{head.lane, record.body, head.close});
  proto::append(parts, record.body);
  if (!head.fin) return std::optional<Message>();
  whole_ = std::exchange(parts, {});
  return std::optional(Message{head.lane, whole_, head.close});
}

}  // namespace comity::peer
