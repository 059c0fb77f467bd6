// SPDX-License-Identifier: EUPL-1.2
#include "node/community/discussion/notices.h"

#include <array>

#include "node/community/people/people.h"
#include "node/community/tables.h"
#include "node/feed/feed_state.h"
#include "node/feed/row.h"

namespace comity::community {
namespace {

constexpr std::array<std::string_view, 5> kTexts{"", "mention", "reply", "thread", "space"};
// Entries whose notifications are gone on with in one batch.
constexpr std::size_t kMostResumed = 16;

bool is_told_of(ContentType type) noexcept {
  return type == ContentType::kPost || type == ContentType::kReply || type == ContentType::kUpdate ||
         type == ContentType::kWiki || type == ContentType::kEdit;
}

bool is_missing(const Error& error) {
  const int number = static_cast<int>(error.code);
  return number < 1300 || number >= 1400;
}

void note_strongest(std::map<UserId, NoticeReason>& reasons, const UserId& user, NoticeReason reason) {
  const auto [at, added] = reasons.emplace(user, reason);
  if (!added && reason < at->second) at->second = reason;
}

Bytes due_key(const FeedId& feed, Seq seq) {
  return kNotices.key(UserId(), Falling{0}, feed, Falling{raw(seq)});
}

}  // namespace

std::string_view notice_reason_text(NoticeReason reason) noexcept {
  const auto number = static_cast<std::size_t>(reason);
  return number < kTexts.size() ? kTexts.at(number) : kTexts[0];
}

Result<const WatchLevels*> NoticeRows::levels(const SpaceId& space) {
  auto at = levels_.find(space);
  if (at == levels_.end()) {
    COMITY_TRY(auto held, watch_levels(view_, space));
    at = levels_.emplace(space, std::move(held)).first;
  }
  return &at->second;
}

// Who of ours wrote what is answered; zero: nobody of ours. What our people write is here before anybody can
// answer it.
Result<UserId> NoticeRows::answered(const EntryRef& parent, const SpaceId& space) const {
  if (parent.is_zero()) return UserId();
  const auto stored = reader_.find(parent);
  if (!stored.ok()) return is_missing(stored.error()) ? Result<UserId>(UserId()) : stored.error();
  if (stored->header.agency != self_) return UserId();
  COMITY_TRY(const auto state, feed::get_feed(view_, stored->header.feed));
  if (state.space != space) return UserId();
  const auto content = reader_.shared_content(stored->header);
  if (!content.ok()) return is_missing(content.error()) ? Result<UserId>(UserId()) : content.error();
  const v1::UserRef& author = (*content)->author();
  return id_in<AgencyId>(author.agency()) == self_ ? id_in<UserId>(author.user()) : UserId();
}

Result<bool> NoticeRows::works_here(const UserId& user) {
  auto at = people_.find(user);
  if (at == people_.end()) {
    COMITY_TRY(const auto person, find_person(view_, user));
    at = people_.emplace(user, person && !person->disabled).first;
  }
  return at->second;
}

Result<NoticeRows::Reasons> NoticeRows::reasons(const Noticeable& entry, const v1::Content& content) {
  Reasons found;
  if (!is_told_of(entry.type)) return found;
  COMITY_TRY(const WatchLevels* const watched, levels(entry.space));
  // A new version is told of to those alone whom it mentions.
  if (entry.type != ContentType::kEdit) {
    for (const auto& [at, level] : *watched) {
      if (level != WatchLevel::kWatching) continue;
      if (at.first.is_zero()) note_strongest(found, at.second, NoticeReason::kSpace);
      if (at.first == entry.thread) note_strongest(found, at.second, NoticeReason::kThread);
    }
    if (entry.type == ContentType::kReply) {
      COMITY_TRY(const UserId above, answered(entry.parent, entry.space));
      if (!above.is_zero()) note_strongest(found, above, NoticeReason::kReply);
    }
  }
  for (const v1::UserRef& ref : content.mention()) {
    if (id_in<AgencyId>(ref.agency()) == self_)
      note_strongest(found, id_in<UserId>(ref.user()), NoticeReason::kMention);
  }
  Reasons out;
  for (const auto& [user, reason] : found) {
    if (entry.writer == Person{self_, user}) continue;
    const auto here = watched->find({entry.thread, user});
    const auto whole = watched->find({EntryRef(), user});
    WatchLevel level = WatchLevel::kNormal;
    if (whole != watched->end()) level = whole->second;
    if (here != watched->end()) level = here->second;
    const bool wanted = level == WatchLevel::kWatching ||
                        (level == WatchLevel::kMentions && reason == NoticeReason::kMention) ||
                        (level == WatchLevel::kNormal && reason <= NoticeReason::kReply);
    if (!wanted) continue;
    COMITY_TRY(const bool works, works_here(user));
    if (works) out.emplace(user, reason);
  }
  return out;
}

Status NoticeRows::make(const Noticeable& entry, const v1::Content& content, const UserId& after,
                        bool noted) {
  COMITY_TRY(const auto all, reasons(entry, content));
  const feed::Header& header = entry.stored.header;
  UserId last = after;
  for (auto next = all.upper_bound(after); next != all.end(); ++next) {
    if (made_ >= kMostRows) {
      const Bytes key = due_key(header.feed, header.seq);
      feed::RowWriter row;
      row.bytes(last.view());
      rows_.put(key, std::move(row).finish(key));
      return {};
    }
    const Bytes key = kNotices.key(next->first, Falling{millis(entry.stored.received)}, header.feed,
                                   Falling{raw(header.seq)});
    feed::RowWriter row;
    row.number(static_cast<std::uint8_t>(next->second));
    rows_.put(key, std::move(row).finish(key));
    last = next->first;
    ++made_;
  }
  if (noted) rows_.erase(due_key(header.feed, header.seq));
  return {};
}

Status NoticeRows::add(const Noticeable& entry, const v1::Content& content) {
  return make(entry, content, UserId(), false);
}

Status NoticeRows::resume(const FeedId& feed, Seq seq, const UserId& after) {
  const auto stored = reader_.header(feed, seq);
  const auto content = stored.ok() ? reader_.shared_content(stored->header)
                                   : Result<std::shared_ptr<const v1::Content>>(stored.error());
  if (!content.ok()) {
    if (!is_missing(content.error())) return content.error();
    rows_.erase(due_key(feed, seq));
    return {};
  }
  COMITY_TRY(const auto state, feed::get_feed(view_, feed));
  const v1::Content& held = **content;
  const ContentType type = content_type(held.type());
  Noticeable entry{.stored = *stored, .space = state.space, .type = type};
  if (held.parent_size() > 0) entry.parent = id_in<EntryRef>(held.parent(0));
  entry.thread = id_in<EntryRef>(held.thread());
  if (entry.thread.is_zero() && type == ContentType::kReply) entry.thread = entry.parent;
  if (entry.thread.is_zero()) entry.thread = ref_of(stored->header.id);
  entry.writer = {id_in<AgencyId>(held.author().agency()), id_in<UserId>(held.author().user())};
  if (entry.writer.agency != stored->header.agency) entry.writer = {stored->header.agency, UserId()};
  return make(entry, held, after, true);
}

Status NoticeRows::go_on() {
  std::vector<std::tuple<FeedId, Seq, UserId>> due;
  Status status;
  COMITY_CHECK(view_.walk(kNotices.range(UserId()), false, [&](ByteView key, ByteView value) {
    const auto place = kNotices.parse(key);
    auto row = feed::RowReader::open(kNotices.info(), key, value);
    if (!place.ok() || !row.ok()) {
      status = place.ok() ? row.error() : place.error();
      return false;
    }
    due.emplace_back(std::get<2>(*place), Seq{std::get<3>(*place).value}, row->id<UserId>());
    return due.size() < kMostResumed;
  }));
  COMITY_CHECK(status);
  for (const auto& [feed, seq, after] : due) {
    if (made_ >= kMostRows) break;
    COMITY_CHECK(resume(feed, seq, after));
  }
  return {};
}

}  // namespace comity::community
