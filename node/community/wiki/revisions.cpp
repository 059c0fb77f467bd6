// SPDX-License-Identifier: EUPL-1.2
#include "node/community/wiki/revisions.h"

#include <algorithm>
#include <queue>
#include <set>

namespace comity::community::wiki {

RevisionGraph::RevisionGraph(std::vector<Revision> revisions) : revisions_(std::move(revisions)) {
  std::sort(revisions_.begin(), revisions_.end(),
            [](const Revision& a, const Revision& b) { return a.order() < b.order(); });
  const auto same = [](const Revision& a, const Revision& b) { return a.id == b.id; };
  revisions_.erase(std::unique(revisions_.begin(), revisions_.end(), same), revisions_.end());
  for (std::size_t i = 0; i < revisions_.size(); ++i)
    at_.emplace(revisions_[i].id, i);
  parents_.resize(revisions_.size());
  for (std::size_t i = 0; i < revisions_.size(); ++i) {
    std::set<std::size_t> known;
    for (const EntryId& parent : revisions_[i].parents) {
      if (const auto found = at_.find(parent); found != at_.end() && found->second != i)
        known.insert(found->second);
    }
    parents_[i].assign(known.begin(), known.end());
  }
  cut_loops();
}

void RevisionGraph::cut_loops() {
  std::vector<std::vector<std::size_t>> children(revisions_.size());
  std::vector<std::size_t> open(revisions_.size());
  std::set<std::size_t> waiting;
  std::queue<std::size_t> ready;
  for (std::size_t i = 0; i < revisions_.size(); ++i) {
    open[i] = parents_[i].size();
    for (const std::size_t parent : parents_[i])
      children[parent].push_back(i);
    if (open[i] == 0) {
      ready.push(i);
    } else {
      waiting.insert(i);
    }
  }
  std::vector<bool> placed(revisions_.size(), false);
  while (!ready.empty() || !waiting.empty()) {
    if (ready.empty()) {
      const std::size_t cut = *waiting.begin();
      waiting.erase(waiting.begin());
      std::erase_if(parents_[cut], [&](std::size_t parent) { return !placed[parent]; });
      ready.push(cut);
    }
    const std::size_t at = ready.front();
    ready.pop();
    if (placed[at]) continue;
    placed[at] = true;
    for (const std::size_t child : children[at]) {
      if (open[child] > 0 && --open[child] == 0 && waiting.erase(child) > 0) ready.push(child);
    }
  }
}

const Revision* RevisionGraph::find(const EntryId& id) const {
  const auto at = at_.find(id);
  return at == at_.end() ? nullptr : &revisions_[at->second];
}

std::vector<EntryId> RevisionGraph::missing() const {
  std::set<EntryId> out;
  for (const Revision& revision : revisions_) {
    for (const EntryId& parent : revision.parents) {
      if (!at_.contains(parent)) out.insert(parent);
    }
  }
  return {out.begin(), out.end()};
}

RevisionGraph::Marks RevisionGraph::below(const std::vector<std::size_t>& from) const {
  Marks marks(revisions_.size(), false);
  std::vector<std::size_t> open;
  const auto go = [&](std::size_t at) {
    for (const std::size_t parent : parents_[at]) {
      if (!marks[parent]) {
        marks[parent] = true;
        open.push_back(parent);
      }
    }
  };
  for (const std::size_t at : from)
    go(at);
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    go(at);
  }
  return marks;
}

Result<std::vector<EntryId>> RevisionGraph::heads(const Usable& usable) const {
  Marks named(revisions_.size(), false);
  for (const auto& parents : parents_) {
    for (const std::size_t parent : parents)
      named[parent] = true;
  }
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < revisions_.size(); ++i) {
    if (!named[i]) open.push_back(i);
  }
  // Down from each end to the first that is usable.
  std::vector<std::size_t> found;
  Marks seen(revisions_.size(), false);
  while (!open.empty()) {
    const std::size_t at = open.back();
    open.pop_back();
    if (seen[at]) continue;
    seen[at] = true;
    COMITY_TRY(const bool use, usable(revisions_[at].id));
    if (use) {
      found.push_back(at);
    } else {
      open.insert(open.end(), parents_[at].begin(), parents_[at].end());
    }
  }
  const Marks built_on = below(found);
  std::erase_if(found, [&](std::size_t at) { return built_on[at]; });
  std::sort(found.begin(), found.end());
  std::vector<EntryId> out;
  for (const std::size_t at : found)
    out.push_back(revisions_[at].id);
  return out;
}

Result<EntryId> RevisionGraph::base(const std::vector<EntryId>& folded, const EntryId& head,
                                    const Usable& usable) const {
  const auto with_self = [&](const std::vector<EntryId>& ids) {
    std::vector<std::size_t> from;
    for (const EntryId& id : ids) {
      if (const auto at = at_.find(id); at != at_.end()) from.push_back(at->second);
    }
    Marks marks = below(from);
    for (const std::size_t at : from)
      marks[at] = true;
    return marks;
  };
  const Marks ours = with_self(folded);
  const Marks theirs = with_self({head});
  for (std::size_t i = revisions_.size(); i-- > 0;) {
    if (!ours[i] || !theirs[i]) continue;
    COMITY_TRY(const bool use, usable(revisions_[i].id));
    if (use) return revisions_[i].id;
  }
  return EntryId();
}

}  // namespace comity::community::wiki
