// SPDX-License-Identifier: EUPL-1.2
#include "node/api/quarantine.h"

#include <boost/json/array.hpp>

#include "crypto/bech32m.h"
#include "node/api/answer.h"
#include "node/api/arguments.h"
#include "node/api/caller.h"
#include "node/community/ids.h"
#include "node/feed/quarantine.h"

namespace comity::api {
namespace {

namespace json = boost::json;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

using Task = http::Task<Result<json::value>>;

std::string_view reason_text(feed::Withholding why) {
  switch (why) {
    case feed::Withholding::kLabel:
      return "label";
    case feed::Withholding::kSignerRevoked:
      return "key-revoked";
    case feed::Withholding::kSignerExpired:
      return "key-expired";
    default:
      return "body";
  }
}

std::string kind_text(v1::Kind kind) {
  switch (kind) {
    case v1::KIND_CONTENT:
      return "content";
    case v1::KIND_AUDIENCE:
      return "audience";
    case v1::KIND_KEY_GRANT:
      return "key-grant";
    case v1::KIND_WITHDRAW:
      return "withdraw";
    case v1::KIND_SPACE_MANIFEST:
      return "manifest";
    case v1::KIND_FEED_OPEN:
      return "feed-open";
    case v1::KIND_FEED_CLOSE:
      return "feed-close";
    case v1::KIND_WITHDRAW_RECEIPT:
      return "receipt";
    default:
      return "kind " + std::to_string(static_cast<int>(kind));
  }
}

json::object row_json(const QuarantineDesk& desk, const feed::QuarantineRow& row) {
  const feed::Header& header = row.stored.header;
  const std::string space = desk.space_name(row.space);
  const std::string agency = desk.agency_name(header.agency);
  return {{"id", community::id_text(header.id)},
          {"feed_id", community::id_text(header.feed)},
          {"seq", proto::raw(header.seq)},
          {"space", space.empty() ? json::value(nullptr) : json::value(space)},
          {"space_id", community::id_text(row.space)},
          {"agency", agency.empty() ? json::value(nullptr) : json::value(agency)},
          {"agency_id", crypto::agency_id_text(header.agency)},
          {"kind", kind_text(header.kind)},
          {"label", policy::tlp_text(header.label.tlp)},
          {"time", community::time_text(feed::hlc_time(header.hlc))},
          {"received", community::time_text(row.stored.received)},
          {"signer", header.signer.hex()},
          {"reason", reason_text(row.why)},
          {"since", community::time_text(row.since)}};
}

Task list(QuarantineDesk desk, const Call& call) {
  const auto ask = [&]() -> Result<json::value> {
    COMITY_TRY(const std::size_t limit, page_limit(call.arguments));
    COMITY_TRY(const proto::Bytes after, hex_argument(call.arguments, "after"));
    COMITY_TRY(const auto view, desk.store.snapshot());
    COMITY_TRY(const auto page, feed::quarantine_page(*view, desk.storage_key, after, limit));
    json::array entries;
    for (const feed::QuarantineRow& row : page.rows)
      entries.push_back(row_json(desk, row));
    return json::value(json::object{{"entries", std::move(entries)}, {"next", proto::to_hex(page.next)}});
  };
  return answer(ask());
}

v1::LocalAudit event_of(const QuarantineDesk& desk, const federation::By& who,
                        const feed::QuarantineRow& row) {
  const feed::Header& header = row.stored.header;
  v1::LocalAudit event = federation::audit_event("quarantine.release", who, desk.now(), {},
                                                 {{"agency", desk.agency_name(header.agency)},
                                                  {"reason", std::string(reason_text(row.why))},
                                                  {"kind", kind_text(header.kind)}});
  event.set_space(feed::field(row.space.view()));
  event.set_entry(feed::field(header.id.view()));
  return event;
}

/// The entry as it lies in quarantine. Error kNotQuarantined.
Result<feed::QuarantineRow> find(const QuarantineDesk& desk, const proto::EntryId& id) {
  COMITY_TRY(const auto view, desk.store.snapshot());
  const feed::FeedReader reader(*view, desk.storage_key);
  auto stored = reader.find(id);
  if (!stored.ok()) {
    if (stored.error().code == Code::kEntryUnknown)
      return Error{Code::kNotQuarantined, community::id_text(id)};
    return stored.error();
  }
  const feed::Header& header = stored->header;
  COMITY_TRY(const auto row, reader.withheld(header.feed, header.seq));
  if (!feed::is_quarantine(row.why)) return Error{Code::kNotQuarantined, community::id_text(id)};
  COMITY_TRY(const auto state, feed::get_feed(*view, header.feed));
  return feed::QuarantineRow{*std::move(stored), state.space, row.why, row.since};
}

Task release(QuarantineDesk desk, const Call& call) {
  auto promise = std::make_shared<Promise>();
  const auto ask = [&]() -> Status {
    COMITY_TRY(const std::string text, required_text(call.arguments, "id"));
    COMITY_TRY(const auto id, community::parse_entry_id(text));
    COMITY_TRY(const auto row, find(desk, id));
    storage::Batch rows;
    COMITY_CHECK(desk.ingester.release(id, rows));
    const feed::Header& header = row.stored.header;
    const feed::Appended released{header.id, header.feed, header.seq, header.hlc};
    desk.commit(event_of(desk, by(call), row), std::move(rows),
                [desk, promise, released, shown = row_json(desk, row)](const Status& stored) {
                  if (!stored.ok()) return promise->complete(stored.error());
                  desk.released(released);
                  promise->complete(json::value(shown));
                });
    return {};
  };
  const Status asked = ask();
  if (!asked.ok()) return answer(Result<json::value>(asked.error()));
  return answer(std::move(promise));
}

}  // namespace

void add_quarantine_commands(CommandTable& table, QuarantineDesk desk) {
  table.add("quarantine/list",
            {.effect = Effect::kReads, .run = [desk](Call call) { return list(desk, call); }});
  table.add("quarantine/release", {.run = [desk](Call call) { return release(desk, call); }});
}

}  // namespace comity::api
