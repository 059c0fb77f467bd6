// SPDX-License-Identifier: EUPL-1.2
// wiki/put, merge, rename, restore, stamp: changing pages.
#include "node/api/answer.h"
#include "node/api/arguments.h"
#include "node/api/post_rows.h"
#include "node/api/wiki.h"
#include "node/community/ids.h"
#include "node/community/wiki/edits.h"
#include "node/community/wiki/page_text.h"
#include "node/runtime/condition.h"

namespace comity::api {
namespace {

namespace json = boost::json;
namespace wiki = community::wiki;
using proto::Code;
using proto::Error;
using proto::Result;

using Task = http::Task<Result<json::value>>;

enum class Kind { kPut, kMerge, kRename, kRestore };

/// Changes of pages, one at a time.
struct Queue {
  bool busy = false;
  runtime::Condition free;
};

class Turn {
 public:
  explicit Turn(std::shared_ptr<Queue> queue) : queue_(std::move(queue)) { queue_->busy = true; }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    queue_->busy = false;
    queue_->free.notify_all();
  }

 private:
  std::shared_ptr<Queue> queue_;
};

struct Writes {
  CommunityDesk desk;
  std::function<http::Task<void>()> caught_up;
  std::shared_ptr<Queue> queue = std::make_shared<Queue>();
};

const Error& contradiction() {
  static const Error error{Code::kRevisionStale,
                           "its versions contradict each other; see comity wiki get and comity wiki merge"};
  return error;
}

/// What somebody saves who copied the marks that the command line shows around a conflict.
bool holds_marks(std::string_view text) {
  bool opened = false;
  for (const std::string_view line : wiki::split_lines(text)) {
    if (line.starts_with("<<<<<<< ")) opened = true;
    if (opened && line.starts_with(">>>>>>> ")) return true;
  }
  return false;
}

Result<std::vector<proto::EntryId>> base_argument(const json::object& arguments) {
  COMITY_TRY(const auto texts, texts_argument(arguments, "base"));
  std::vector<proto::EntryId> out;
  for (const std::string& text : texts) {
    COMITY_TRY(const auto id, community::parse_entry_id(text));
    out.push_back(id);
  }
  return out;
}

/// What is to be written, from the page as it stands; `shown` is its text.
Result<wiki::NewRevision> new_revision(PageAt& at, Kind kind, const wiki::Shown& shown,
                                       const json::object& arguments) {
  wiki::NewRevision what{.space = at.space};
  COMITY_TRY(what.base, base_argument(arguments));
  COMITY_TRY(what.label, label_argument(arguments));
  COMITY_TRY(const auto title, text_argument(arguments, "title"));
  COMITY_TRY(const auto text, text_argument(arguments, "text"));
  COMITY_TRY(const auto summary, text_argument(arguments, "summary"));
  what.title = title.value_or("");
  what.text = text.value_or("");
  what.summary = summary.value_or("");
  if (!at.page) {
    what.path = at.asked;
    if (!what.base.empty()) return Error{Code::kRevisionUnknown, "there is no such page yet"};
    return what;
  }
  const wiki::Page& page = *at.page;
  what.page = page.ref;
  what.path = page.path;
  if (!title && page.title != page.path) what.title = page.title;
  if (kind == Kind::kMerge && page.heads.size() < 2) return Error{Code::kNothingToMerge, {}};
  const bool settles = kind == Kind::kMerge;
  if (what.base.empty()) {
    if (shown.needs_merge() && !settles) return contradiction();
    what.base = shown.heads;
  }
  if (settles && !text) {
    if (shown.merged.conflict())
      return Error{Code::kRevisionStale, "its versions contradict each other, so the text has to be given"};
    what.text = wiki::plain_text(shown.merged);
  }
  if (holds_marks(what.text)) return Error{Code::kTextRule, "a conflict is still marked in it"};
  if (kind == Kind::kRename) {
    COMITY_TRY(what.path, required_text(arguments, "to"));
    COMITY_CHECK(wiki::check_path(what.path));
    if (what.path == page.path) return Error{Code::kPageTaken, "by this very page or by an older one"};
    what.text = wiki::plain_text(shown.merged);
    if (!summary) what.summary = "renamed from " + page.path;
  }
  if (kind == Kind::kRestore) {
    COMITY_TRY(const auto id, at.revision(arguments, "rev"));
    COMITY_TRY(const auto opened, at.pages.revision(page, id));
    COMITY_TRY(auto edit, wiki::edit_in(*opened.content));
    what.text = std::move(*edit.mutable_text());
    if (!title) what.title = edit.title();
    if (!summary) what.summary = "restored " + community::id_text(id);
  }
  return what;
}

community::OnPosted then_tell(std::shared_ptr<Promise> promise, std::string path) {
  return [promise = std::move(promise), path = std::move(path)](const Result<feed::Appended>& posted) {
    if (!posted.ok()) return promise->complete(posted.error());
    json::value out = stored_json(*posted);
    out.as_object()["path"] = path;
    promise->complete(std::move(out));
  };
}

Task write(CommunityDesk desk, std::string author, community::Compose compose, std::string path) {
  const auto promise = std::make_shared<Promise>();
  desk.posts.write(std::move(author), std::move(compose), then_tell(promise, std::move(path)));
  desk.writer.flush();
  auto value = co_await promise->wait();
  co_return value;
}

Task change(Writes writes, Kind kind, Call call) {
  const auto author = required_text(call.arguments, "as");
  if (!author.ok()) co_return author.error();
  while (writes.queue->busy) {
    const runtime::Status waited = co_await writes.queue->free.wait();
    if (!waited.ok()) co_return waited.error();
  }
  const Turn turn(writes.queue);
  co_await writes.caught_up();
  auto at = PageAt::find(writes.desk, call.arguments, kind == Kind::kPut);
  if (!at.ok()) co_return at.error();
  wiki::Shown shown;
  if ((*at)->page) {
    auto sources = (*at)->pages.sources(*(*at)->page);
    if (!sources.ok()) co_return sources.error();
    auto work = [from = *std::move(sources)] { return wiki::fold_sources(from); };
    auto folded = co_await writes.desk.pool.run(std::move(work));
    if (!folded.ok()) co_return folded.error();
    shown = *std::move(folded);
  }
  auto what = new_revision(**at, kind, shown, call.arguments);
  if (!what.ok()) co_return what.error();
  const std::string path = what->path;
  auto value = co_await write(writes.desk, *author, wiki::compose_revision(*std::move(what)), path);
  // Whoever asks next finds what was just written.
  co_await writes.caught_up();
  co_return value;
}

Result<wiki::NewStamp> new_stamp(const PageAt& at, const json::object& arguments) {
  wiki::NewStamp what{.space = at.space, .page = at.page->ref};
  what.revision = at.page->heads.back();
  if (arguments.contains("rev")) {
    COMITY_TRY(what.revision, at.revision(arguments, "rev"));
  }
  COMITY_TRY(const bool objects, flag_argument(arguments, "object"));
  COMITY_TRY(const bool undone, flag_argument(arguments, "undo"));
  if (objects && undone) return Error{Code::kBadArguments, "object and undo exclude each other"};
  if (objects) what.kind = v1::STAMP_KIND_OBJECTED;
  if (undone) what.kind = v1::STAMP_KIND_UNDONE;
  COMITY_TRY(const auto note, text_argument(arguments, "note"));
  what.note = note.value_or("");
  return what;
}

Task stamp(Writes writes, Call call) {
  const auto author = required_text(call.arguments, "as");
  if (!author.ok()) co_return author.error();
  while (writes.queue->busy) {
    const runtime::Status waited = co_await writes.queue->free.wait();
    if (!waited.ok()) co_return waited.error();
  }
  const Turn turn(writes.queue);
  co_await writes.caught_up();
  auto at = PageAt::find(writes.desk, call.arguments);
  if (!at.ok()) co_return at.error();
  auto what = new_stamp(**at, call.arguments);
  if (!what.ok()) co_return what.error();
  auto value = co_await write(writes.desk, *author, wiki::compose_stamp(*std::move(what)), (*at)->page->path);
  co_await writes.caught_up();
  co_return value;
}

}  // namespace

void add_wiki_writes(CommandTable& table, const CommunityDesk& desk,
                     std::function<http::Task<void>()> caught_up) {
  const Writes writes{.desk = desk, .caught_up = std::move(caught_up)};
  for (const auto& [name, kind] :
       {std::pair("wiki/put", Kind::kPut), std::pair("wiki/merge", Kind::kMerge),
        std::pair("wiki/rename", Kind::kRename), std::pair("wiki/restore", Kind::kRestore)}) {
    table.add(name,
              {.run = [writes, kind = kind](Call call) { return change(writes, kind, std::move(call)); }});
  }
  table.add("wiki/stamp", {.run = [writes](Call call) { return stamp(writes, std::move(call)); }});
}

}  // namespace comity::api
