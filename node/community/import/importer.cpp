// SPDX-License-Identifier: EUPL-1.2
#include "node/community/import/importer.h"

#include "node/community/spaces/guarded.h"
#include "node/community/wiki/edits.h"

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
  EntryRef thread = content.ok() ? id_in<EntryRef>(content->thread()) : EntryRef();
  if (thread.is_zero()) thread = ref_of(*entry);
  return &places_.emplace(id, Place{.entry = *entry, .thread = thread}).first->second;
}

void Importer::take(ImportItem item, std::function<void(ImportOutcome)> done) {
  ++under_way_;
  const auto one_done = [this, done = std::move(done)](ImportOutcome outcome) {
    --under_way_;
    done(std::move(outcome));
  };
  const auto view = store_.snapshot();
  const auto same =
      view.ok() ? find(**view, item.origin.source, item.origin.id) : Result<Place*>(view.error());
  if (!same.ok()) return fail(item, same.error(), one_done);
  if (*same != nullptr) return one_done({ImportOutcome::Kind::kSkipped, (*same)->entry, std::nullopt});
  if (places_.size() >= kMostRemembered) {
    std::erase_if(places_, [](const auto& one) { return !one.second.entry.is_zero(); });
  }
  // From here on others may wait for it, though it may itself be waiting.
  places_.emplace(item.origin.id, Place());
  place(item, one_done);
}

void Importer::fail(const ImportItem& item, const Error& error,
                    const std::function<void(ImportOutcome)>& done) {
  done({ImportOutcome::Kind::kFailed, {}, ImportProblem{item.where, error}});
}

void Importer::place(const ImportItem& item, const std::function<void(ImportOutcome)>& done) {
  const auto view = store_.snapshot();
  if (!view.ok()) return finished(item, {}, view.error(), done);
  Place* above = nullptr;
  std::string above_id;
  for (const std::string& id : item.answers) {
    // A mail that names itself, or a ring of them, would wait for ever.
    if (waits_for(id, item.origin.id)) continue;
    const auto found = find(**view, item.origin.source, id);
    if (!found.ok()) return finished(item, {}, found.error(), done);
    above = *found;
    above_id = id;
    if (above != nullptr) break;
  }
  if (above != nullptr && above->entry.is_zero()) {
    places_.at(item.origin.id).waits_for = above_id;
    above->waiting.push_back([this, item, done] { place(item, done); });
    return;
  }
  const EntryId parent = above != nullptr ? above->entry : EntryId();
  const EntryRef thread = above != nullptr ? above->thread : EntryRef();
  const auto stored = guarded(self_, [this, item, thread, done](const Result<feed::Appended>& result) {
    finished(item, thread, result, done);
  });
  if (!item.page.empty()) {
    wiki::NewRevision revision{.space = space_,
                               .page = thread,
                               .path = item.page,
                               .title = item.title,
                               .text = item.text,
                               .summary = item.summary,
                               .origin = item.origin,
                               .imported_base = !parent.is_zero()};
    if (!parent.is_zero()) revision.base.push_back(parent);
    posts_.write(author_, wiki::compose_revision(std::move(revision)), stored);
  } else if (!parent.is_zero()) {
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

bool Importer::waits_for(const std::string& from, const std::string& id) const {
  std::string at = from;
  for (std::size_t steps = 0; steps <= kMostUnderWay; ++steps) {
    if (at == id) return true;
    const auto place = places_.find(at);
    if (place == places_.end() || !place->second.entry.is_zero() || place->second.waits_for.empty())
      return false;
    at = place->second.waits_for;
  }
  return false;
}

void Importer::finished(const ImportItem& item, const EntryRef& thread, const Result<feed::Appended>& result,
                        const std::function<void(ImportOutcome)>& done) {
  const std::string& id = item.origin.id;
  const auto waiting = std::move(places_.at(id).waiting);
  if (result.ok()) {
    places_.at(id) = {.entry = result->id, .thread = thread.is_zero() ? ref_of(result->id) : thread};
  } else {
    places_.erase(id);
  }
  for (const auto& go_on : waiting)
    go_on();
  if (!result.ok()) return fail(item, result.error(), done);
  done({ImportOutcome::Kind::kImported, result->id, std::nullopt});
}

}  // namespace comity::community
