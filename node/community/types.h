// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>

#include "comity/v1/content.pb.h"

#include "node/feed/ref.h"
#include "node/policy/admit.h"
#include "node/policy/label.h"

/// What people see of the feeds: spaces, people, discussions. Sibling of node/federation; neither knows the
/// other.
namespace comity::community {

using feed::EntryRef;
using feed::field;
using feed::from_millis;
using feed::millis;
using feed::ref_of;
using feed::WallTime;
using policy::Label;
using policy::Person;
using policy::Reader;
using proto::AgencyId;
using proto::Bytes;
using proto::ByteView;
using proto::Code;
using proto::EntryId;
using proto::Error;
using proto::FeedId;
using proto::Hlc;
using proto::KeyEpoch;
using proto::raw;
using proto::Result;
using proto::Seq;
using proto::SpaceId;
using proto::Status;
using proto::UserId;

/// Which people of ours an entry names as its only readers: a hash of them, in the order of ids; zero: it
/// names nobody, so that whoever may read the space reads it.
using ReaderSet = proto::FixedId<struct ReaderSetTag, 16>;

/// Called once, on the owner thread.
using Done = std::function<void(Status)>;

/// The id in a protobuf `bytes` field; zero when it is absent. Precondition: the strict walker has seen it.
template <class Id>
[[nodiscard]] Id id_in(const std::string& bytes) {
  if (bytes.empty()) return Id();
  auto id = Id::from(proto::as_bytes(bytes));
  return id.ok() ? *id : Id();
}

}  // namespace comity::community
