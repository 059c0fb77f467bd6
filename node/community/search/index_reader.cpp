// SPDX-License-Identifier: EUPL-1.2
#include "node/community/search/index_reader.h"

#include <algorithm>

namespace comity::community::search {
namespace {

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    out.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return out;
}

constexpr auto kOlder = [](const auto& a, const auto& b) { return a->found.id < b->found.id; };

}  // namespace

Result<std::unique_ptr<IndexReader>> IndexReader::open(std::shared_ptr<const IndexFiles> files) {
  COMITY_TRY(auto words, Words::make(files->languages));
  COMITY_TRY(auto database, Database::open(files->files, files->path(), Database::Mode::kRead));
  return std::unique_ptr<IndexReader>(
      new IndexReader(std::move(files), std::move(database), std::move(words)));
}

Result<std::optional<std::int64_t>> IndexReader::number(NameKind kind, ByteView value) {
  COMITY_TRY(Statement* const row,
             database_.prepared("SELECT number FROM names WHERE kind = ?1 AND value = ?2"));
  COMITY_TRY(const bool found, row->number(static_cast<int>(kind)).blob(value).next());
  std::optional<std::int64_t> out;
  if (found) out = row->number_at(0);
  (void)row->again();
  return out;
}

Result<Bytes> IndexReader::value_of(std::int64_t number) {
  const auto known = values_.find(number);
  if (known != values_.end()) return known->second;
  COMITY_TRY(Statement* const row, database_.prepared("SELECT value FROM names WHERE number = ?1"));
  COMITY_TRY(const bool found, row->number(number).next());
  if (!found) return Error{Code::kStoreCorrupt, "search index: a name is missing"};
  Bytes out = proto::to_bytes(row->blob_at(0));
  (void)row->again();
  constexpr std::size_t kMostValues = 100'000;
  if (values_.size() >= kMostValues) values_.clear();
  values_[number] = out;
  return out;
}

Result<std::optional<Listed>> IndexReader::listed(std::int64_t id, std::int64_t part) {
  COMITY_TRY(
      Statement* const row,
      database_.prepared("SELECT feed, seq, space, person, type, tlp, named, tags FROM docs WHERE id = ?1 "
                         "AND part = ?2 AND subject IS NOT NULL"));
  COMITY_TRY(const bool found, row->number(id).number(part).next());
  if (!found) return std::optional<Listed>();
  Listed out{.id = id};
  const std::int64_t feed = row->number_at(0);
  out.shown.seq = Seq{static_cast<std::uint64_t>(row->number_at(1))};
  const std::int64_t space = row->number_at(2);
  const std::int64_t person = row->number_at(3);
  out.type = static_cast<ContentType>(row->number_at(4));
  out.tlp = static_cast<v1::Tlp>(row->number_at(5));
  out.named = row->number_at(6) != 0;
  out.tags = lines_of(row->text_at(7));
  (void)row->again();
  COMITY_TRY(const Bytes feed_id, value_of(feed));
  COMITY_TRY(out.shown.feed, FeedId::from(feed_id));
  COMITY_TRY(const Bytes space_id, value_of(space));
  COMITY_TRY(out.space, SpaceId::from(space_id));
  COMITY_TRY(const Bytes writer, value_of(person));
  if (writer.size() != AgencyId::kSize + UserId::kSize)
    return Error{Code::kStoreCorrupt, "search index: a name is damaged"};
  COMITY_TRY(out.writer.agency, AgencyId::from(ByteView(writer).first(AgencyId::kSize)));
  COMITY_TRY(out.writer.user, UserId::from(ByteView(writer).subspan(AgencyId::kSize)));
  return std::optional(std::move(out));
}

Result<std::vector<IndexReader::Part>> IndexReader::parts() {
  COMITY_TRY(Statement* const rows,
             database_.prepared("SELECT number, newest FROM parts ORDER BY newest DESC"));
  std::vector<Part> out;
  for (;;) {
    COMITY_TRY(const bool found, rows->next());
    if (!found) return out;
    out.push_back({rows->number_at(0), rows->number_at(1)});
  }
}

Result<Newest> Newest::begin(IndexReader& reader, std::string match, std::int64_t from, std::int64_t upto,
                             bool weighed) {
  Newest out(reader, std::move(match), from, upto, weighed);
  COMITY_TRY(out.waiting_, reader.parts());
  std::ranges::reverse(out.waiting_);
  return out;
}

Result<bool> Newest::advance(Open& open) const {
  COMITY_TRY(const bool found, open.statement.next());
  if (!found) return false;
  open.found.id = open.statement.number_at(0);
  if (weighed_) open.found.weight = open.statement.real_at(1);
  return true;
}

Status Newest::open(std::int64_t part) {
  const std::string table = part_table(part);
  COMITY_TRY(auto statement,
             reader_->database().prepare(
                 "SELECT rowid" + (weighed_ ? ", weigh(" + table + ")" : std::string()) + " FROM " + table +
                 " WHERE " + table + " MATCH ?1 AND rowid >= ?2 AND rowid < ?3 ORDER BY rowid DESC"));
  auto opened = std::make_unique<Open>(Open{{.part = part}, std::move(statement)});
  (void)opened->statement.text(match_).number(from_).number(upto_);
  COMITY_TRY(const bool found, advance(*opened));
  if (!found) return {};
  open_.push_back(std::move(opened));
  std::ranges::push_heap(open_, kOlder);
  return {};
}

Result<std::optional<Found>> Newest::next() {
  while (!waiting_.empty() && (open_.empty() || open_.front()->found.id <= waiting_.back().newest)) {
    const std::int64_t part = waiting_.back().number;
    waiting_.pop_back();
    COMITY_CHECK(open(part));
  }
  if (open_.empty()) return std::optional<Found>();
  std::ranges::pop_heap(open_, kOlder);
  const Found out = open_.back()->found;
  COMITY_TRY(const bool more, advance(*open_.back()));
  if (more) {
    std::ranges::push_heap(open_, kOlder);
  } else {
    open_.pop_back();
  }
  return std::optional(out);
}

}  // namespace comity::community::search
