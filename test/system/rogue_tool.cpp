// SPDX-License-Identifier: EUPL-1.2
// What an agency that means harm can do with its own keys, on a stopped node's directory. The node sends it
// when it is started again. Prints the ids of what was written, one a line.
//   rogue_tool poison DIR MILLISECONDS SPACE TARGET
//     contents that are none, each sealed and signed as it should be
//   rogue_tool bombs DIR MILLISECONDS SPACE COUNT
//     contents that would unpack to a gibibyte, so often each
//   rogue_tool impersonate DIR MILLISECONDS SPACE AGENCY USER
//     a post and a card of a person of another agency
#include <algorithm>
#include <cstdio>
#include <deque>

#include <fmt/format.h>

#include "crypto/base32.h"
#include "crypto/bech32m.h"
#include "crypto/keydoc/key_id.h"
#include "crypto/random.h"
#include "node/feed/pack.h"
#include "node/feed/reader.h"
#include "node/home/projections.h"
#include "proto/decode.h"
#include "test/support/poison.h"
#include "test/system/directory.h"

namespace comity::test {
namespace {

using proto::Bytes;
using proto::ByteView;

template <class Id>
Id id_of(const std::string& text) {
  const auto bytes = crypto::base32_decode(text);
  if (!bytes) throw std::runtime_error("no id: " + text);
  return must(Id::from(*bytes));
}

class Rogue {
 public:
  Rogue(Directory& directory, const proto::SpaceId& space, feed::WallTime now)
      : directory_(directory),
        identity_(must(home::load_identity(directory.paths, directory.marker, std::nullopt))),
        space_(space),
        writer_({.store = *directory.store,
                 .random = random_,
                 .self = directory.marker.agency,
                 .signing = {&identity_.keys.signing, crypto::key_id(identity_.keys.signing.public_key()),
                             identity_.chain.version()},
                 .storage_key = identity_.keys.storage,
                 .grants = grants_,
                 .projections = projections_.synchronous(),
                 .now = [now] { return now; },
                 .to_owner = [this](std::function<void()> f) { work_.push_back(std::move(f)); }}) {
    const auto view = must(directory.store->snapshot());
    must(feed::each_feed(*view, [&](const feed::FeedState& state) {
      if (state.own && state.space == space) feed_ = state;
      return !feed_;
    }));
    if (!feed_) throw std::runtime_error("we have no feed in this space");
    audience_ = must(feed::FeedReader(*view, identity_.keys.storage).audience(*feed_));
  }

  void poison(const std::string& target) {
    for (const Poison& each : poisons(self(), id_of<proto::EntryId>(target)))
      seal(each.packed);
  }

  void bombs(std::size_t count) {
    const std::vector<Poison> kinds = test::bombs();
    for (std::size_t i = 0; i < count * kinds.size(); ++i)
      seal(kinds[i % kinds.size()].packed);
  }

  void impersonate(const std::string& agency, const std::string& user) {
    const auto as = must(crypto::parse_agency_id(agency));
    const auto person = id_of<proto::UserId>(user);
    v1::Post post;
    post.set_title("signed by somebody else");
    post.set_text("I never said this.");
    seal(as, person, "post", proto::encode(post));
    v1::ProfileCard card;
    card.set_handle("mallory");
    card.set_name("Mallory");
    seal(as, person, "profile", proto::encode(card));
  }

 private:
  [[nodiscard]] const proto::AgencyId& self() const { return directory_.marker.agency; }

  void seal(const proto::AgencyId& agency, const proto::UserId& user, const std::string& type,
            const Bytes& data) {
    v1::Content content;
    content.mutable_author()->set_agency(feed::field(agency.view()));
    content.mutable_author()->set_user(feed::field(user.view()));
    content.set_type(type);
    content.set_data(feed::field(data));
    seal(must(feed::pack(proto::encode(content))));
  }

  void seal(Bytes packed) {
    std::vector<policy::PeerStanding> peers;
    policy::SpaceRules rules{
        .id = space_, .kind = v1::SPACE_KIND_SHARED, .ceiling = {.tlp = v1::TLP_AMBER}, .members = {self()}};
    for (const auto& member : audience_.member()) {
      const auto agency = must(proto::AgencyId::from(proto::as_bytes(member.agency())));
      if (agency == self()) continue;
      rules.members.push_back(agency);
      peers.push_back({.agency = agency,
                       .active = true,
                       .may_send = true,
                       .space_allowed = true,
                       .ceiling = {.tlp = v1::TLP_RED}});
    }
    std::sort(rules.members.begin(), rules.members.end());
    auto decision = must(policy::release(self(), rules, peers, {.tlp = v1::TLP_GREEN}, {}));
    writer_.append(feed_->feed(), feed::content_draft(std::move(decision), std::move(packed),
                                                      [](const proto::Result<feed::Appended>& result) {
                                                        if (!result.ok())
                                                          throw std::runtime_error(to_string(result.error()));
                                                        fmt::print("{}\n",
                                                                   crypto::base32_encode(result->id.view()));
                                                      }));
    writer_.flush();
    while (!writer_.idle() || !work_.empty()) {
      must(directory_.store->sync());
      while (!work_.empty()) {
        const auto next = std::move(work_.front());
        work_.pop_front();
        next();
      }
    }
  }

  Directory& directory_;
  home::Identity identity_;
  crypto::SystemRandom random_;
  proto::SpaceId space_;
  NoGrants grants_;
  home::NodeProjections projections_{identity_.chain.agency(), identity_.keys.storage};
  std::deque<std::function<void()>> work_{};
  feed::FeedWriter writer_;
  std::optional<feed::FeedState> feed_{};
  v1::Audience audience_{};
};

int run(const std::vector<std::string>& words) {
  const bool poison = words.size() == 5 && words[0] == "poison";
  const bool impersonate = words.size() == 6 && words[0] == "impersonate";
  const bool bombs = words.size() == 5 && words[0] == "bombs";
  if (!poison && !impersonate && !bombs) {
    fmt::print(stderr,
               "usage: rogue_tool poison DIR MILLISECONDS SPACE TARGET\n"
               "       rogue_tool bombs DIR MILLISECONDS SPACE COUNT\n"
               "       rogue_tool impersonate DIR MILLISECONDS SPACE AGENCY USER\n");
    return 2;
  }
  Directory directory(words[1]);
  {
    const feed::WallTime now{std::chrono::milliseconds(std::stoll(words[2]))};
    Rogue rogue(directory, id_of<proto::SpaceId>(words[3]), now);
    if (poison) {
      rogue.poison(words[4]);
    } else if (bombs) {
      rogue.bombs(std::stoul(words[4]));
    } else {
      rogue.impersonate(words[4], words[5]);
    }
  }
  must(directory.store->close());
  return 0;
}

}  // namespace
}  // namespace comity::test

int main(int argc, char** argv) {
  try {
    return comity::test::run({argv + 1, argv + argc});
  } catch (const std::exception& failed) {
    fmt::print(stderr, "{}\n", failed.what());
    return 1;
  }
}
