// SPDX-License-Identifier: EUPL-1.2
#include "tools/benchmark/store_flow.h"

#include <algorithm>

#include "node/feed/pack.h"
#include "node/feed/reader.h"
#include "proto/bounds.h"
#include "proto/decode.h"

namespace comity::benchmark {
namespace {

namespace bounds = proto::bounds;
using proto::Seq;

constexpr std::size_t kCommitsUnderWay = 4;

}  // namespace

Flow::Flow(StoreNode& author, StoreNode& reader, std::uint64_t seed)
    : author_(author),
      reader_(reader),
      prose_(seed),
      space_(random_.next<proto::SpaceId>()),
      signers_([this](const proto::AgencyId& agency) {
        return agency == author_.agency() ? &author_.chain() : nullptr;
      }) {
  const policy::Label ceiling{.tlp = v1::TLP_AMBER};
  rules_ = {.id = space_,
            .kind = v1::SPACE_KIND_SHARED,
            .ceiling = ceiling,
            .members = {author_.agency(), reader_.agency()}};
  std::sort(rules_.members.begin(), rules_.members.end());
  peers_ = {{.agency = reader_.agency(),
             .active = true,
             .may_send = true,
             .space_allowed = true,
             .ceiling = {.tlp = v1::TLP_RED}}};
  author_.grants->know(reader_.keys().encryption.public_key());

  const auto answer = [this](feed::Result<feed::Appended> result) {
    must(std::move(result));
    ++answered_;
  };
  feed_ = must(author_.writer->open({.space = space_, .ceiling = ceiling}, answer));
  v1::Audience audience;
  auto* const member = audience.add_member();
  member->set_agency(feed::field(reader_.agency().view()));
  member->set_from_seq(1);
  audience.set_readers(v1::READER_RULE_OPEN);
  author_.writer->set_audience(feed_, audience, answer);
  asked_ = 2;
  author_.writer->flush();
  author_.owner.run_until([&] { return answered_ == asked_; });
  must(reader_.ingester->learn(author_.agency(), space_, state(author_).incarnation));
}

feed::FeedState Flow::state(StoreNode& node) const {
  return must(feed::get_feed(*must(node.store().snapshot()), feed_));
}

std::vector<Packed> Flow::pack_posts(std::size_t count) {
  std::vector<Packed> out;
  out.reserve(count);
  const auto user = random_.next<proto::UserId>();
  for (std::size_t i = 0; i < count; ++i) {
    v1::Post post;
    post.set_title(prose_.title());
    post.set_text(prose_.body());
    v1::Content content;
    content.mutable_author()->set_agency(feed::field(author_.agency().view()));
    content.mutable_author()->set_user(feed::field(user.view()));
    content.set_type("post");
    content.set_data(feed::field(proto::encode(post)));
    out.push_back({must(feed::pack(proto::encode(content))), post.text().size()});
    packed_bytes_ += out.back().bytes.size();
  }
  return out;
}

void Flow::add_one(Packed post) {
  auto decision = must(policy::release(author_.agency(), rules_, peers_, {.tlp = v1::TLP_GREEN}, {}));
  author_.writer->append(feed_, feed::content_draft(std::move(decision), std::move(post.bytes),
                                                    [this](feed::Result<feed::Appended> result) {
                                                      must(std::move(result));
                                                      ++answered_;
                                                    }));
  ++asked_;
}

Cost Flow::append(std::vector<Packed> posts, std::size_t window) {
  return cost_of(posts.size(), [&] {
    for (std::size_t next = 0; next < posts.size();) {
      // Several at a time, as the batch endpoint of the control socket hands them over.
      const std::size_t end = std::min(next + window / 4, posts.size());
      while (next < end)
        add_one(std::move(posts[next++]));
      author_.writer->flush();
      author_.owner.run_until([&] { return asked_ - answered_ <= window * 3 / 4; });
    }
    author_.owner.run_until([&] { return asked_ == answered_; });
  });
}

double Flow::append_alone_us(Packed post) {
  const Stopwatch watch;
  add_one(std::move(post));
  author_.writer->flush();
  author_.owner.run_until([&] { return asked_ == answered_; });
  return watch.wall() * 1e6;
}

Cost Flow::read_wire(Seq from, std::vector<v1::Entry>& out) {
  const auto view = must(author_.store().snapshot());
  const feed::FeedReader reader(*view, author_.keys().storage);
  const std::size_t before = out.size();
  Cost cost = cost_of(0, [&] {
    for (;;) {
      auto page =
          must(reader.wire(feed_, from, bounds::kBatchEntries, bounds::kBatchBytes, StoreNode::now()));
      if (page.empty()) return;
      from = Seq{proto::raw(from) + page.size()};
      std::move(page.begin(), page.end(), std::back_inserter(out));
    }
  });
  cost.entries = out.size() - before;
  return cost;
}

feed::IngestContext Flow::context() const {
  return {.self = reader_.agency(),
          .sender = author_.agency(),
          .now = StoreNode::now(),
          .ceiling = {.tlp = v1::TLP_AMBER},
          .signers = signers_};
}

namespace {

/// The entries as batches of whole runs within the bounds of a message.
std::vector<std::vector<feed::WireEntry>> batches_of(const std::vector<v1::Entry>& entries) {
  std::vector<std::vector<feed::WireEntry>> out;
  std::size_t begin = 0;  // of the run
  std::size_t bytes = 0;
  std::size_t run_bytes = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    run_bytes += entries[i].header().size() + entries[i].body().size() + 100;
    if (entries[i].sig().empty()) continue;
    const std::size_t run = i + 1 - begin;
    if (out.empty() || out.back().size() + run > bounds::kBatchEntries ||
        bytes + run_bytes > bounds::kBatchBytes) {
      out.emplace_back();
      bytes = 0;
    }
    for (; begin <= i; ++begin)
      out.back().push_back(feed::view_of(entries[begin]));
    bytes += run_bytes;
    run_bytes = 0;
  }
  return out;
}

}  // namespace

Cost Flow::ingest(const std::vector<v1::Entry>& entries) {
  const auto batches = batches_of(entries);
  std::size_t stored = 0;
  std::size_t under_way = 0;
  const Cost cost = cost_of(entries.size(), [&] {
    for (const auto& batch : batches) {
      const feed::IngestContext at = context();
      const feed::Prepared prepared = must(reader_.ingester->prepare(feed_, batch, signers_));
      std::optional<feed::Checked> checked;
      pool_.run([&] {
        feed::Checked result = feed::check_batch(prepared.state, prepared.audience, batch, at);
        reader_.owner.post([&checked, result = std::make_shared<feed::Checked>(std::move(result))] {
          checked = std::move(*result);
        });
      });
      reader_.owner.run_until([&] { return checked.has_value(); });
      if (checked->refusal) give_up(checked->refusal->error);
      ++under_way;
      reader_.ingester->commit(prepared, *checked, batch, at.now, [&](feed::Result<feed::Ingested> result) {
        stored += must(std::move(result)).stored.size();
        --under_way;
      });
      reader_.owner.run_until([&] { return under_way < kCommitsUnderWay; });
    }
    reader_.owner.run_until([&] { return under_way == 0; });
  });
  if (stored != entries.size()) give_up({proto::Code::kFeedGap, "not all entries were stored"});
  return cost;
}

Cost Flow::check_only(const std::vector<v1::Entry>& entries) {
  const auto batches = batches_of(entries);
  feed::FeedState state = this->state(author_);
  const feed::Header first = must(feed::read_header(proto::as_bytes(entries.front().header())));
  state.end.seq = Seq{proto::raw(first.seq) - 1};
  state.end.id = first.prev;
  state.end.hlc = {};
  state.end.audience_seq = first.audience_seq;
  state.end.audience_id = first.audience_id;
  return cost_of(entries.size(), [&] {
    for (const auto& batch : batches) {
      feed::Checked checked = feed::check_batch(state, std::nullopt, batch, context());
      if (checked.refusal) give_up(checked.refusal->error);
      state = std::move(checked.after);
    }
  });
}

Cost Flow::read_random(std::size_t count, std::size_t from, std::size_t upto) {
  std::vector<Seq> places;
  for (std::size_t i = 0; i < count; ++i) {
    std::array<std::byte, 8> bytes{};
    random_.fill(bytes);
    places.push_back(Seq{from + proto::from_be<std::uint64_t>(bytes) % (upto - from)});
  }
  // Compaction may still be busy with what was just written: not part of reading.
  return cost_of(
      count,
      [&] {
        for (const Seq place : places) {
          const auto view = must(author_.store().snapshot());
          const feed::FeedReader reader(*view, author_.keys().storage);
          const auto stored = must(reader.header(feed_, place));
          if (stored.header.kind == v1::KIND_CONTENT) (void)must(reader.content(stored.header));
        }
      },
      Counted::kThread);
}

}  // namespace comity::benchmark
