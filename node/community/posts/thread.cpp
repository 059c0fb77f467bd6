// SPDX-License-Identifier: EUPL-1.2
// One discussion as a tree. Its rows alone give the shape; contents are opened for the page that is shown.
#include <algorithm>
#include <unordered_map>

#include "node/community/ids.h"
#include "node/community/posts/cursor.h"
#include "node/community/posts/post_reader.h"
#include "node/community/tables.h"
#include "proto/bounds.h"

namespace comity::community {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

bool is_in_thread(ContentType type) {
  return begins_thread(type) || type == ContentType::kReply;
}

}  // namespace

struct PostReader::Node {
  EntryRef ref;
  const ThreadRow* row = nullptr;  ///< nothing: it is not here
  std::size_t parent = kNone;      ///< in the order that in_order() gives
  std::uint32_t depth = 0;
};

Result<std::vector<ThreadRow>> PostReader::rows_of(const SpaceId& space, const EntryRef& thread) {
  std::vector<ThreadRow> rows;
  Status status;
  COMITY_CHECK(view_.walk(kByThread.range(space, thread), false, [&](ByteView key, ByteView value) {
    auto row = decode_thread_row(key, value);
    if (!row.ok()) {
      status = row.error();
      return false;
    }
    if (is_in_thread(row->type)) rows.push_back(*row);
    return rows.size() < kMostInThread;
  }));
  COMITY_CHECK(status);
  for (const ThreadRow& row : rows)
    COMITY_CHECK(space_of(row.feed));
  std::sort(rows.begin(), rows.end(), [&](const ThreadRow& a, const ThreadRow& b) {
    return std::tuple(a.order, homes_.at(a.feed).agency, a.seq, a.feed) <
           std::tuple(b.order, homes_.at(b.feed).agency, b.seq, b.feed);
  });
  return rows;
}

std::vector<PostReader::Node> PostReader::in_order(const std::vector<ThreadRow>& rows,
                                                   const EntryRef& thread) const {
  // Node 0 begins the thread. A node for each row, and one for each entry that is answered and not here.
  std::vector<Node> nodes{{.ref = thread}};
  std::unordered_map<EntryRef, std::size_t> by_ref{{thread, 0}};
  std::vector<std::size_t> node_of;
  for (const ThreadRow& row : rows) {
    const EntryRef ref = ref_of(row.entry);
    const auto [at, added] = by_ref.try_emplace(ref, nodes.size());
    if (added) nodes.push_back({.ref = ref});
    nodes[at->second].row = &row;
    node_of.push_back(at->second);
  }
  std::vector<std::vector<std::size_t>> children(nodes.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::size_t self = node_of[i];
    if (self == 0) continue;
    const EntryRef answered = rows[i].parent.is_zero() ? thread : rows[i].parent;
    const auto [at, added] = by_ref.try_emplace(answered, nodes.size());
    if (added) {
      children.front().push_back(nodes.size());
      nodes.push_back({.ref = answered});
      children.emplace_back();
    }
    children[at->second].push_back(self);
  }

  // Each parent before its children. Hashes make loops impossible; should a damaged row tell of one, what
  // hangs in it is shown below the first entry.
  std::vector<Node> out;
  std::vector<bool> placed(nodes.size(), false);
  struct Step {
    std::size_t node;
    std::size_t parent;
    std::uint32_t depth;
  };
  const auto place_from = [&](const Step& start) {
    std::vector<Step> open{start};
    while (!open.empty()) {
      const Step step = open.back();
      open.pop_back();
      if (placed[step.node]) continue;
      placed[step.node] = true;
      const std::size_t index = out.size();
      out.push_back({nodes[step.node].ref, nodes[step.node].row, step.parent, step.depth});
      const auto& below = children[step.node];
      for (auto child = below.rbegin(); child != below.rend(); ++child)
        open.push_back({*child, index, step.depth + 1});
    }
  };
  place_from({0, kNone, 0});
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!placed[i]) place_from({i, 0, 1});
  }
  return out;
}

Result<PostView> PostReader::placeholder(const SpaceSight& space, const EntryRef& ref,
                                         const EntryRef& thread) {
  PostView view{.space = space.slug, .space_id = id_text(space.id), .kind = "unseen", .unseen = true};
  COMITY_TRY(view.id, ref_text(ref));
  COMITY_TRY(view.thread, ref_text(thread));
  return view;
}

Result<PostPage> PostReader::thread(const EntryId& entry, const ThreadQuery& query) {
  if (query.limit == 0 || query.limit > proto::bounds::kListPage) return Error{Code::kStoreBounds, "limit"};
  struct Discussion {
    const SpaceSight* space = nullptr;
    EntryRef thread;
  };
  const auto discussion_of = [&]() -> Result<Discussion> {
    const auto first = open(entry);
    if (first.ok()) return Discussion{first->space, first->thread};
    if (first.error().code != Code::kPostUnknown) return first.error();
    // What began it is not here, or not for this reader: placeholder() then names it by its ref or by its id.
    for (const auto& [id, sight] : sights_.spaces) {
      if (!enter(id).ok()) continue;
      for (const EntryRef& thread : {EntryRef(entry.bytes()), ref_of(entry)}) {
        COMITY_TRY(const auto rows, rows_of(id, thread));
        for (const ThreadRow& row : rows) {
          if (row.type != ContentType::kReply) continue;
          COMITY_TRY(const auto seen, at(row.feed, row.seq));
          if (seen) return Discussion{&sight, thread};
        }
      }
    }
    return first.error();
  };
  COMITY_TRY(const Discussion opened, discussion_of());
  const SpaceSight& space = *opened.space;
  COMITY_TRY(const auto rows, rows_of(space.id, opened.thread));
  const std::vector<Node> nodes = in_order(rows, opened.thread);

  std::vector<bool> shown(nodes.size(), false);
  std::size_t next = 0;
  if (!query.after.empty()) {
    COMITY_TRY(const PlaceCursor cursor, parse_place_cursor(query.after));
    const auto at = std::find_if(nodes.begin(), nodes.end(), [&](const Node& node) {
      return node.row != nullptr && node.row->feed == cursor.feed && node.row->seq == cursor.seq;
    });
    if (at == nodes.end()) return Error{Code::kIdRule, "this is not a place in the thread"};
    next = static_cast<std::size_t>(at - nodes.begin()) + 1;
    // Whatever stands above the place was shown with it.
    for (std::size_t up = next - 1; up != kNone; up = nodes[up].parent)
      shown[up] = true;
  }

  PostPage page;
  page.posts.reserve(std::min(query.limit, nodes.size()));
  std::size_t last = kNone;
  for (; next < nodes.size() && page.posts.size() < query.limit; ++next) {
    const Node& node = nodes[next];
    if (node.row == nullptr) continue;
    COMITY_TRY(auto view, at(node.row->feed, node.row->seq));
    // Who may not see it sees that something was there only by what answers it, as if it had not come.
    if (!view) continue;
    std::vector<std::size_t> above;
    for (std::size_t up = node.parent; up != kNone && !shown[up]; up = nodes[up].parent)
      above.push_back(up);
    for (auto up = above.rbegin(); up != above.rend(); ++up) {
      shown[*up] = true;
      COMITY_TRY(auto unseen, placeholder(space, nodes[*up].ref, opened.thread));
      unseen.depth = nodes[*up].depth;
      page.posts.push_back(std::move(unseen));
    }
    shown[next] = true;
    view->depth = node.depth;
    COMITY_TRY(view->unread, reading_.is_unread(space.id, opened.thread, *node.row));
    page.posts.push_back(*std::move(view));
    last = next;
  }
  if (next < nodes.size() && last != kNone) {
    const ThreadRow& row = *nodes[last].row;
    page.next = place_cursor_text({row.order, row.feed, row.seq});
  }
  return page;
}

}  // namespace comity::community
