// SPDX-License-Identifier: EUPL-1.2
#include "node/community/import/importer.h"

#include "node/community/spaces/guarded.h"

namespace comity::community {

Importer::Importer(storage::Store& store, Posts& posts, const crypto::Key32& storage_key, SpaceId space,
                   std::string author)
    : store_(store),
      posts_(posts),
      storage_key_(storage_key),
      space_(space),
      author_(std::move(author)),
      self_(std::make_shared<Importer*>(this)) {}

Importer::~Importer() = default;

Result<Importer::Place*> Importer::find(const storage::View& view, const std::string& source,
                                        const std::string& id) {
  const auto known = places_.find(id);
  if (known != places_.end()) return &known->second;
  COMITY_TRY(const auto entry, imported(view, space_, source, id));
  if (!entry) return nullptr;
  // What became of it since is no matter: a reply is placed by ids alone.
  COMITY_TRY(const auto stored, feed::FeedReader(view, storage_key_).find(*entry));
  const auto content = feed::FeedReader(view, storage_key_).content(stored.header);
  EntryId thread = content.ok() ? id_in<EntryId>(content->thread()) : *entry;
  if (thread.is_zero()) thread = *entry;
  return &places_.emplace(id, Place{*entry, thread}).first->second;
}

void Importer::take(ImportItem item, std::function<void(ImportOutcome)> done) {
  ++under_way_;
  const auto one_done = [this, done = std::move(done)](ImportOutcome outcome) {
    --under_way_;
    done(std::move(outcome));
  };
  place(item, one_done);
}

void Importer::place(const ImportItem& item, const std::function<void(ImportOutcome)>& done) {
  const auto fail = [&](const Error& error) {
    done({ImportOutcome::Kind::kFailed, {}, ImportProblem{item.where, error}});
  };
  const auto view = store_.snapshot();
  if (!view.ok()) return fail(view.error());
  const auto same = find(**view, item.origin.source, item.origin.id);
  if (!same.ok()) return fail(same.error());
  if (*same != nullptr) return done({ImportOutcome::Kind::kSkipped, (*same)->entry, std::nullopt});

  Place* above = nullptr;
  for (const std::string& id : item.answers) {
    const auto found = find(**view, item.origin.source, id);
    if (!found.ok()) return fail(found.error());
    above = *found;
    if (above != nullptr) break;
  }
  if (above != nullptr && above->entry.is_zero()) {
    above->waiting.push_back([this, item, done] { place(item, done); });
    return;
  }
  const std::string id = item.origin.id;
  const EntryId parent = above != nullptr ? above->entry : EntryId();
  const EntryId thread = above != nullptr ? above->thread : EntryId();
  if (places_.size() >= kMostRemembered) {
    std::erase_if(places_, [](const auto& one) { return !one.second.entry.is_zero(); });
  }
  places_.emplace(id, Place());
  const auto stored = guarded(self_, [this, id, item, thread, done](const Result<feed::Appended>& result) {
    finished(id, item, thread, result, done);
  });
  if (!parent.is_zero()) {
    posts_.reply({.author = author_,
                  .parent = parent,
                  .text = item.text,
                  .origin = item.origin,
                  .thread = thread,
                  .space = space_},
                 stored);
  } else {
    posts_.post({.author = author_,
                 .space = space_,
                 .title = item.title,
                 .text = item.text,
                 .tags = item.tags,
                 .origin = item.origin},
                stored);
  }
}

void Importer::finished(const std::string& id, const ImportItem& item, const EntryId& thread,
                        const Result<feed::Appended>& result,
                        const std::function<void(ImportOutcome)>& done) {
  const auto waiting = std::move(places_.at(id).waiting);
  if (result.ok()) {
    places_.at(id) = {result->id, thread.is_zero() ? result->id : thread};
  } else {
    places_.erase(id);
  }
  for (const auto& go_on : waiting)
    go_on();
  if (result.ok()) {
    done({ImportOutcome::Kind::kImported, result->id, std::nullopt});
  } else {
    done({ImportOutcome::Kind::kFailed, {}, ImportProblem{item.where, result.error()}});
  }
}

}  // namespace comity::community
