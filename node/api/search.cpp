// SPDX-License-Identifier: EUPL-1.2
// search and people/search: what is asked is read here, answered elsewhere, and shown here.
#include "node/api/search.h"

#include <boost/json/array.hpp>

#include "crypto/bech32m.h"
#include "node/api/arguments.h"
#include "node/api/post_rows.h"
#include "node/community/ids.h"

namespace comity::api {
namespace {

namespace json = boost::json;
namespace search = community::search;
using community::ContentType;
using proto::Code;
using proto::Error;
using proto::Result;

using Task = http::Task<Result<json::value>>;

// People who come along with other hits.
constexpr std::size_t kPeopleBeside = 5;

struct Asked {
  policy::Reader reader;
  search::SearchQuery query;
  bool only_people = false;
  std::optional<community::PeopleQuery> people{};
};

Result<ContentType> type_of(const std::string& text) {
  for (const ContentType type :
       {ContentType::kPost, ContentType::kReply, ContentType::kUpdate, ContentType::kWiki}) {
    if (community::content_type_text(type) == text) return type;
  }
  return Error{Code::kBadArguments, "type: post, reply, update, wiki or person"};
}

Result<std::optional<search::Sort>> sort_of(const json::object& arguments) {
  COMITY_TRY(const auto text, text_argument(arguments, "sort"));
  if (!text || *text == "newest") return std::optional(search::Sort::kNewest);
  if (*text == "relevance") return std::optional(search::Sort::kRelevance);
  return Error{Code::kBadArguments, "sort: newest or relevance"};
}

Result<Asked> read(const CommunityDesk& desk, const json::object& arguments) {
  Asked out;
  COMITY_TRY(const auto view, desk.store.snapshot());
  COMITY_TRY(out.reader, reader_of(desk, *view, arguments));
  search::SearchQuery& query = out.query;
  COMITY_TRY(const auto words, text_argument(arguments, "query"));
  query.text = words.value_or("");
  COMITY_TRY(const auto space, text_argument(arguments, "space"));
  if (space) {
    COMITY_TRY(query.space, desk.spaces.resolve(*space, out.reader));
  }
  COMITY_TRY(const auto agency, text_argument(arguments, "agency"));
  if (agency) {
    COMITY_TRY(query.agency, agency_named(desk, *agency));
  }
  COMITY_TRY(const auto author, text_argument(arguments, "author"));
  if (author) {
    COMITY_TRY(const auto person, person_named(desk, *view, out.reader, *author));
    query.author = person.id;
  }
  COMITY_TRY(const auto type, text_argument(arguments, "type"));
  out.only_people = type == "person";
  if (type && !out.only_people) {
    COMITY_TRY(query.type, type_of(*type));
  }
  COMITY_TRY(const auto label, label_argument(arguments));
  if (label) query.tlp = label->tlp;
  COMITY_TRY(query.tags, texts_argument(arguments, "tags"));
  COMITY_TRY(query.since, moment_argument(arguments, "since"));
  COMITY_TRY(query.until, moment_argument(arguments, "until"));
  COMITY_TRY(const auto sort, sort_of(arguments));
  query.sort = *sort;
  COMITY_TRY(query.facets, flag_argument(arguments, "facets"));
  COMITY_TRY(const auto after, text_argument(arguments, "after"));
  query.after = after.value_or("");
  COMITY_TRY(query.limit, page_limit(arguments));

  const bool of_entries = query.space || query.author || query.type || query.tlp || !query.tags.empty() ||
                          query.since || query.until || query.facets;
  if (out.only_people && of_entries)
    return Error{Code::kBadArguments, "type: people are narrowed by agency alone"};
  if (out.only_people) {
    out.people = community::PeopleQuery{
        .text = query.text, .agency = query.agency, .after = query.after, .limit = query.limit};
  } else if (!of_entries && query.after.empty()) {
    out.people = community::PeopleQuery{.text = query.text, .agency = query.agency, .limit = kPeopleBeside};
  }
  return out;
}

json::object row_json(const search::SearchRow& row) {
  json::object out = post_json(row.post);
  out["snippet"] = row.snippet.text;
  json::array marks;
  for (const auto& mark : row.snippet.marks)
    marks.push_back(json::array{mark.begin, mark.end});
  out["marks"] = std::move(marks);
  return out;
}

// A person as a row like any other.
json::object person_row(const community::KnownPerson& person) {
  community::PostView row{.id = community::id_text(person.id.user),
                          .kind = "person",
                          .author = community::address_text(person),
                          .author_name = person.card.name(),
                          .author_id = community::id_text(person.id.user),
                          .agency = person.agency,
                          .title = person.card.name(),
                          .text = person.card.about()};
  std::string snippet = person.card.position();
  const auto add = [&](const std::string& text) {
    if (!text.empty()) snippet += (snippet.empty() ? "" : ", ") + text;
  };
  add(person.card.unit());
  for (const std::string& skill : person.card.skill()) {
    row.tags.push_back(skill);
    add(skill);
  }
  json::object out = post_json(row);
  out["agency_id"] = crypto::agency_id_text(person.id.agency);
  out["snippet"] = snippet;
  out["marks"] = json::array();
  return out;
}

json::object counts_json(const std::map<std::string, std::uint64_t>& counts) {
  json::object out;
  for (const auto& [name, count] : counts)
    out[name] = count;
  return out;
}

json::object facets_json(const search::Facets& facets) {
  return {{"type", counts_json(facets.type)},
          {"agency", counts_json(facets.agency)},
          {"space", counts_json(facets.space)},
          {"author", counts_json(facets.author)},
          {"label", counts_json(facets.label)},
          {"tag", counts_json(facets.tag)},
          {"date", counts_json(facets.date)},
          {"counted", facets.counted},
          {"all", facets.all}};
}

Task find(CommunityDesk desk, SearchDesk search, Call call) {
  auto asked = read(desk, call.arguments);
  if (!asked.ok()) co_return asked.error();
  json::object out{{"entries", json::array()}, {"next", ""}};
  if (!asked->only_people) {
    auto page = co_await search.find(asked->reader, asked->query);
    if (!page.ok()) co_return page.error();
    json::array rows;
    for (const search::SearchRow& row : page->rows)
      rows.push_back(row_json(row));
    out["entries"] = std::move(rows);
    out["next"] = page->next;
    if (page->facets) out["facets"] = facets_json(*page->facets);
  }
  if (!asked->people) co_return json::value(std::move(out));
  auto people = co_await search.people(asked->reader, *asked->people);
  if (asked->only_people) {
    if (!people.ok()) co_return people.error();
    json::array rows;
    for (const community::KnownPerson& person : people->people)
      rows.push_back(person_row(person));
    out["entries"] = std::move(rows);
    out["next"] = people->next;
  } else if (people.ok()) {
    // A query that says nothing about people has none.
    json::array beside;
    for (const community::KnownPerson& person : people->people)
      beside.push_back(known_json(person));
    out["people"] = std::move(beside);
  }
  co_return json::value(std::move(out));
}

Task find_people(CommunityDesk desk, SearchDesk search, Call call) {
  policy::Reader reader;
  community::PeopleQuery query;
  const auto read_all = [&]() -> proto::Status {
    const json::object& arguments = call.arguments;
    COMITY_TRY(const auto words, text_argument(arguments, "query"));
    query.text = words.value_or("");
    COMITY_TRY(const auto agency, text_argument(arguments, "agency"));
    if (agency) {
      COMITY_TRY(query.agency, agency_named(desk, *agency));
    }
    COMITY_TRY(const auto skill, text_argument(arguments, "skill"));
    query.skill = skill.value_or("");
    COMITY_TRY(const auto after, text_argument(arguments, "after"));
    query.after = after.value_or("");
    COMITY_TRY(query.limit, page_limit(arguments));
    COMITY_TRY(const auto view, desk.store.snapshot());
    COMITY_TRY(reader, reader_of(desk, *view, arguments));
    return {};
  };
  const proto::Status status = read_all();
  if (!status.ok()) co_return status.error();
  const auto found = co_await search.people(reader, query);
  if (!found.ok()) co_return found.error();
  json::array rows;
  for (const community::KnownPerson& person : found->people)
    rows.push_back(known_json(person));
  co_return json::value(json::object{{"people", std::move(rows)}, {"next", found->next}});
}

}  // namespace

void add_search_commands(CommandTable& table, CommunityDesk desk, SearchDesk search) {
  table.add("search", {.effect = Effect::kReads,
                       .run = [desk, search](Call call) { return find(desk, search, std::move(call)); }});
  table.add("people/search", {.effect = Effect::kReads, .run = [desk, search](Call call) {
                                return find_people(desk, search, std::move(call));
                              }});
}

}  // namespace comity::api
