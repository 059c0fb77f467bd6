// SPDX-License-Identifier: EUPL-1.2
#include "node/community/discussion/channels.h"

#include <algorithm>

#include "crypto/sha256.h"
#include "node/community/discussion/attention.h"
#include "node/community/tables.h"
#include "node/feed/row.h"

namespace comity::community {

bool is_countable(ContentType type) noexcept {
  return type == ContentType::kPost || type == ContentType::kReply || type == ContentType::kUpdate;
}

Readership readership(const AgencyId& self, const Person& writer, std::span<const Person> named) {
  Readership out;
  if (named.empty()) return out;
  for (const Person& person : named) {
    if (person.agency == self) out.users.push_back(person.user);
  }
  if (writer.agency == self && !writer.user.is_zero()) out.users.push_back(writer.user);
  std::sort(out.users.begin(), out.users.end());
  out.users.erase(std::unique(out.users.begin(), out.users.end()), out.users.end());
  Bytes all;
  for (const UserId& user : out.users)
    proto::append(all, user.view());
  out.set = ReaderSet::from(crypto::tagged_hash("readers", {all}).view().first(ReaderSet::kSize)).value();
  return out;
}

Result<Channel> decode_channel(ByteView key, ByteView value) {
  COMITY_TRY(auto row, feed::RowReader::open(kChannels.info(), key, value));
  Channel out{.count = row.number<std::uint64_t>()};
  ByteView users = row.rest();
  if (users.size() % UserId::kSize != 0)
    return feed::damaged(kChannels.info(), key, "the layout is another one");
  for (; !users.empty(); users = users.subspan(UserId::kSize))
    out.users.push_back(UserId::from(users.first(UserId::kSize)).value());
  if (!row.done()) return feed::damaged(kChannels.info(), key, "the layout is another one");
  return out;
}

Result<std::uint64_t> decode_own(ByteView key, ByteView value) {
  COMITY_TRY(auto row, feed::RowReader::open(kOwnEntries.info(), key, value));
  const auto count = row.number<std::uint64_t>();
  if (!row.done()) return feed::damaged(kOwnEntries.info(), key, "the layout is another one");
  return count;
}

ChannelRows::ChannelRows(const AgencyId& self, const storage::View& view, storage::Batch& rows)
    : self_(self), view_(view), rows_(rows) {
  for (std::size_t i = 0; i < rows.op_count(); ++i) {
    const storage::Op op = rows.op(i);
    const bool ours = !op.key.empty() && (op.key[0] == std::byte{kChannels.info().prefix} ||
                                          op.key[0] == std::byte{kOwnEntries.info().prefix});
    if (ours && op.kind == storage::OpKind::kPut) put_[proto::to_bytes(op.key)] = proto::to_bytes(op.value);
  }
}

Result<std::optional<Bytes>> ChannelRows::held(const Bytes& key) const {
  if (const auto put = put_.find(key); put != put_.end()) return std::optional(put->second);
  return view_.get(key);
}

Result<Channel*> ChannelRows::channel(const Counted& entry) {
  Bytes key = kChannels.key(entry.space, entry.agency, entry.set);
  auto at = channels_.find(key);
  if (at == channels_.end()) {
    COMITY_TRY(const auto value, held(key));
    Channel sum;
    if (value) {
      COMITY_TRY(sum, decode_channel(key, *value));
    }
    at = channels_.emplace(std::move(key), std::move(sum)).first;
  }
  return &at->second;
}

Result<std::uint64_t*> ChannelRows::own(const Counted& entry) {
  Bytes key = kOwnEntries.key(entry.user, entry.space, entry.set);
  auto at = own_.find(key);
  if (at == own_.end()) {
    COMITY_TRY(const auto value, held(key));
    std::uint64_t count = 0;
    if (value) {
      COMITY_TRY(count, decode_own(key, *value));
    }
    at = own_.emplace(std::move(key), count).first;
  }
  return &at->second;
}

Status ChannelRows::add(const Counted& entry, const Readership& readers) {
  COMITY_TRY(Channel* const sum, channel(entry));
  ++sum->count;
  if (!entry.set.is_zero()) sum->users = readers.users;
  if (entry.agency != self_ || entry.user.is_zero()) return {};
  COMITY_TRY(std::uint64_t* const count, own(entry));
  ++*count;
  return {};
}

Status ChannelRows::erase(const Counted& entry) {
  COMITY_TRY(Channel* const sum, channel(entry));
  if (sum->count > 0) --sum->count;
  erased_.insert(entry.space);
  if (entry.agency != self_ || entry.user.is_zero()) return {};
  COMITY_TRY(std::uint64_t* const count, own(entry));
  if (*count > 0) --*count;
  return {};
}

Status ChannelRows::finish() {
  // A rebuild would not make a row for nothing.
  for (const auto& [key, sum] : channels_) {
    if (sum.count == 0) {
      rows_.erase(key);
      continue;
    }
    feed::RowWriter row;
    row.number(sum.count);
    for (const UserId& user : sum.users)
      row.bytes(user.view());
    rows_.put(key, std::move(row).finish(key));
  }
  for (const auto& [key, count] : own_) {
    if (count == 0) {
      rows_.erase(key);
      continue;
    }
    feed::RowWriter row;
    row.number(count);
    rows_.put(key, std::move(row).finish(key));
  }
  for (const SpaceId& space : erased_) {
    COMITY_TRY(const std::uint64_t before, erasures(view_, space));
    put_erasures(rows_, space, before + 1);
  }
  channels_.clear();
  own_.clear();
  erased_.clear();
  return {};
}

}  // namespace comity::community
