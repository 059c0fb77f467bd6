// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "comity/v1/audit.pb.h"

#include "node/api/command.h"
#include "node/feed/types.h"

namespace comity::api {

/// How a command that changes something is put on record (docs/audit.md): each leaves exactly one event with
/// the caller's uid, whether it was done or refused. Commands that are no decision of an operator, such as
/// posts, have no row.
struct RecordRow {
  std::string_view command;
  std::string_view event;
  /// Arguments that stand in the event; never content, never a secret.
  std::vector<std::string_view> details{};
  /// The command puts what it has done on record itself, in the batch that does it; the row is for refusals.
  bool records_itself = false;
  /// Refusals that it puts on record itself as well.
  std::vector<proto::Code> refusals_itself{};
};

/// The rows of all commands.
[[nodiscard]] std::span<const RecordRow> record_rows();

/// Writes one event; `done` when it is on disk, or kept in memory until the store takes writes again.
using WriteRecord = std::function<void(const v1::LocalAudit& event, std::function<void()> done)>;

/// Lets the commands of the table leave their events. After all have been added; `write` and `now` outlive
/// the table. A call whose form was wrong (kBadArguments) decided nothing and leaves nothing.
void put_on_record(CommandTable& table, const WriteRecord& write, const std::function<feed::WallTime()>& now);

}  // namespace comity::api
