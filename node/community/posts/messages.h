// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <map>

#include "node/community/posts/posts.h"

namespace comity::community {

/// A private message of one of our people to named others, ours or of other agencies.
struct NewMessage {
  std::string author{};  ///< handle
  std::vector<Person> to{};
  std::string title{};  ///< may be empty
  std::string text{};
  std::optional<Label> label{};  ///< nothing: RED, or the circle's ceiling when that is lower
};

/// What Messages works with. References outlive it.
struct MessagesSetup {
  storage::Store& store;
  crypto::Random& random;
  Spaces& spaces;
  Posts& posts;
  AgencyId self;
};

/// Private messages: posts in the circle of exactly these people, which is found again, or opened with the
/// first message. Owner thread only.
class Messages {
 public:
  explicit Messages(MessagesSetup setup);
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;
  ~Messages();

  /// Errors: those of Posts::post(); kSpaceKindRule when nobody but the author is named, or more than
  /// Spaces::kMostInCircle are; kNamesOutsideAudience when our agreements do not reach an agency of theirs,
  /// before anything is opened; those of Spaces::create(). The caller flushes the FeedWriter.
  void send(const NewMessage& what, OnPosted done);

 private:
  struct Waiting {
    NewMessage what;
    OnPosted done;
  };
  Status try_send(const NewMessage& what, const OnPosted& done);
  void post(const SpaceId& circle, const NewMessage& what, const OnPosted& done);
  void opened(const std::vector<Person>& people, const Result<SpaceId>& circle);

  MessagesSetup setup_;
  /// Messages for circles that are being opened.
  std::map<std::vector<Person>, std::vector<Waiting>> waiting_{};
  std::shared_ptr<Messages*> self_;
};

}  // namespace comity::community
