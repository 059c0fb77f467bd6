// SPDX-License-Identifier: EUPL-1.2
#include "node/web/pages/thread_pieces.h"

#include <functional>
#include <set>
#include <thread>

#include <doctest/doctest.h>

namespace comity::web {
namespace {

using community::PostView;

constexpr std::size_t kRoom = std::size_t{1} << 20;

Lens lens(std::string address) {
  return {.now = read_moment("2026-03-05T15:00:00Z").value(),
          .base = "/staff",
          .agency = "health",
          .address = std::move(address),
          .spaces = {
              {"s1",
               {.slug = "travel", .title = "Travel", .kind = "shared", .agencies = {"health", "finance"}}}}};
}

PostView first() {
  return {.id = "e1",
          .space = "travel",
          .space_id = "s1",
          .kind = "post",
          .author = "maria@health",
          .author_name = "Maria Olsen",
          .title = "How are journeys paid?",
          .text = "All **in**?",
          .time = "2026-03-05T09:15:00Z",
          .label = "AMBER",
          .thread = "e1",
          .question = true};
}

PostView reply() {
  return {.id = "e2",
          .space = "travel",
          .space_id = "s1",
          .kind = "reply",
          .author = "jo@finance",
          .author_name = "Jo Berg",
          .text = "See the rules & more.",
          .time = "2026-03-05T14:15:00Z",
          .label = "AMBER",
          .parent = "e1",
          .thread = "e1",
          .depth = 1};
}

bool has(const Piece& piece, std::string_view text) {
  return piece->find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a piece that is kept is what would be made, and is shared by readers to whom it looks the same") {
  Kept kept(kRoom);
  const Lens tom = lens("tom@health");
  const Lens ann = lens("ann@health");
  const ThreadPieces toms(tom, first(), kept);
  const ThreadPieces anns(ann, first(), kept);
  const Piece made = toms.piece(reply(), "Maria Olsen", false);
  CHECK(*made == toms.make(reply(), "Maria Olsen", false));
  CHECK(toms.piece(reply(), "Maria Olsen", false) == made);
  CHECK(anns.piece(reply(), "Maria Olsen", false) == made);
  CHECK(*made == anns.make(reply(), "Maria Olsen", false));
  CHECK(kept.pieces() == 1);
  CHECK(has(made, "See the rules &amp; more."));
  // No secret of a reader, nor anything of one answer.
  CHECK_FALSE(has(made, "csrf"));
  CHECK_FALSE(has(made, "once"));
}

TEST_CASE("who may do more with an entry gets a piece of their own") {
  Kept kept(kRoom);
  const Lens tom = lens("tom@health");
  const Piece others = ThreadPieces(tom, first(), kept).piece(reply(), "", false);
  const Lens jo = lens("jo@finance");
  const Piece own = ThreadPieces(jo, first(), kept).piece(reply(), "", false);
  const Lens maria = lens("maria@health");
  const Piece asked = ThreadPieces(maria, first(), kept).piece(reply(), "", false);
  Lens operator_lens = lens("op@health");
  operator_lens.moderates = true;
  const Piece moderated = ThreadPieces(operator_lens, first(), kept).piece(reply(), "", false);
  CHECK(kept.pieces() == 4);
  CHECK(has(own, "/e/e2/edit"));
  CHECK(has(own, "/e/e2/withdraw"));
  CHECK(has(asked, "/e/e2/answered"));
  CHECK(has(moderated, "/e/e2/withdraw"));
  for (const Piece& piece : {others, asked, moderated})
    CHECK_FALSE(has(piece, "/e/e2/edit"));
  for (const Piece& piece : {others, own, moderated})
    CHECK_FALSE(has(piece, "/e/e2/answered"));
  for (const Piece& piece : {others, asked})
    CHECK_FALSE(has(piece, "/e/e2/withdraw"));
}

TEST_CASE("what changes an entry makes another piece") {
  Kept kept(kRoom);
  const Lens at = lens("tom@health");
  const ThreadPieces pieces(at, first(), kept);
  const Piece before = pieces.piece(reply(), "Maria Olsen", false);
  const auto changed = [&](const std::function<void(PostView&)>& change) {
    PostView post = reply();
    change(post);
    const Piece after = pieces.piece(post, "Maria Olsen", false);
    CHECK(after != before);
    CHECK(*after == pieces.make(post, "Maria Olsen", false));
    return after;
  };
  const Piece edited = changed([](PostView& post) {
    post.edited = true;
    post.text = "See the new rules.";
    post.edited_time = "2026-03-05T14:50:00Z";
  });
  CHECK(has(edited, "See the new rules."));
  CHECK(has(edited, "10 minutes ago"));
  const Piece liked = changed([](PostView& post) { post.reactions = {{.kind = "like", .count = 3}}; });
  CHECK(has(liked, "Like 3<span class=\"usa-sr-only\">, given by 3 people</span></button>"));
  const Piece liked_by_me =
      changed([](PostView& post) { post.reactions = {{.kind = "like", .count = 3, .own = true}}; });
  CHECK(has(liked_by_me, "/e/e2/react?undo=1"));
  CHECK_FALSE(has(liked, "undo"));
  const Piece answer = changed([](PostView& post) { post.is_answer = true; });
  CHECK(has(answer, "is-answer"));
  const Piece unread = changed([](PostView& post) { post.unread = true; });
  CHECK(has(unread, "is-unread"));
  // As the gate gives what is withdrawn, in quarantine, or no longer for this reader.
  const Piece withdrawn = changed([](PostView& post) {
    post.withdrawn = true;
    post.withdrawn_by = "jo@finance";
    post.text.clear();
  });
  CHECK(has(withdrawn, "Withdrawn by jo@finance"));
  const Piece unseen = changed([](PostView& post) {
    post = {
        .id = "e2", .space = "travel", .space_id = "s1", .kind = "unseen", .thread = "e1", .unseen = true};
  });
  for (const Piece& gone : {withdrawn, unseen}) {
    CHECK_FALSE(has(gone, "rules"));
    CHECK_FALSE(has(gone, "/react"));
  }
  // Whom it answers is said where it is not plain from its place.
  CHECK(*pieces.piece(reply(), "Jo Berg", false) == *before);
  const Piece deeper = changed([](PostView& post) { post.depth = 2; });
  CHECK(has(deeper, "Maria Olsen"));
  CHECK(pieces.piece(reply(), "Maria Olsen", true) != before);
}

TEST_CASE("each thing that a piece shows has its place in the key") {
  Kept kept(kRoom);
  const Lens at = lens("tom@health");
  const ThreadPieces pieces(at, first(), kept);
  std::set<std::string> keys{pieces.key(reply(), "x", false)};
  std::size_t count = 1;
  const auto differs = [&](const std::string& key) {
    keys.insert(key);
    CHECK(keys.size() == ++count);
  };
  std::string PostView::*const texts[] = {
      &PostView::id,          &PostView::space,         &PostView::space_id,      &PostView::kind,
      &PostView::author_name, &PostView::agency,        &PostView::title,         &PostView::text,
      &PostView::label,       &PostView::parent,        &PostView::thread,        &PostView::url,
      &PostView::path,        &PostView::origin_source, &PostView::origin_author, &PostView::origin_url,
      &PostView::time,        &PostView::withdrawn_by,  &PostView::withdrawn_text};
  for (const auto field : texts) {
    PostView post = reply();
    (post.*field) += "~";
    differs(pieces.key(post, "x", false));
  }
  // The end of one text is not the beginning of the next.
  PostView post = reply();
  post.title = "a";
  post.text = "bc";
  differs(pieces.key(post, "x", false));
  post.title = "ab";
  post.text = "c";
  differs(pieces.key(post, "x", false));
  post.tags = {"a"};
  differs(pieces.key(post, "x", false));
  differs(pieces.key(reply(), "y", false));
  const auto with = [&](const std::function<void(Lens&)>& change) {
    Lens other = at;
    change(other);
    differs(ThreadPieces(other, first(), kept).key(reply(), "x", false));
  };
  with([](Lens& other) { other.base = "/other"; });
  with([](Lens& other) { other.agency = "labour"; });
  with([](Lens& other) { other.moderates = true; });
  with([](Lens& other) { other.zone = Zone::named("Europe/Oslo"); });
  with([](Lens& other) { other.now += std::chrono::minutes(1); });
  with([](Lens& other) { other.spaces["s1"].agencies = {"health"}; });
  with([](Lens& other) { other.spaces["s1"].kind = "inside"; });
  with([](Lens& other) { other.spaces.clear(); });
  const Words norwegian("time.now = na");
  with([&](Lens& other) { other.words = &norwegian; });
  PostView strict = first();
  strict.label = "AMBER+STRICT";
  differs(ThreadPieces(at, strict, kept).key(reply(), "x", false));
}

TEST_CASE("what is kept stays within its bound, whoever asks") {
  Kept kept(20'000);
  const Lens at = lens("tom@health");
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      const ThreadPieces pieces(at, first(), kept);
      for (int i = 0; i < 100; ++i) {
        PostView post = reply();
        post.id = "e" + std::to_string(i % 23);
        if (*pieces.piece(post, "", false) != pieces.make(post, "", false)) FAIL_CHECK(post.id);
        if (kept.bytes() > 20'000) FAIL_CHECK(kept.bytes());
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  CHECK(kept.pieces() > 0);
  Kept small(100);
  CHECK_FALSE(ThreadPieces(at, first(), small).piece(reply(), "", false)->empty());
  CHECK(small.pieces() == 0);
}

}  // namespace comity::web
