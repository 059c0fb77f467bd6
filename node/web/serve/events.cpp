// SPDX-License-Identifier: EUPL-1.2
#include "node/web/serve/events.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "node/community/posts/post_reader.h"
#include "node/runtime/deadline.h"

namespace comity::web {

namespace json = boost::json;
using proto::Code;
using proto::Error;
using proto::Result;
using proto::Status;

namespace {

constexpr std::chrono::seconds kNewsWait{20};

/// A cursor as the command gives it: one line.
bool is_cursor(const std::string& text) {
  if (text.empty() || text.size() > 512) return false;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x21 || c == 0x7f) return false;
  }
  return true;
}

/// Rows as events (WHATWG HTML, section 9.2.6); the last one names where to go on.
std::string events_text(const json::array& rows, const std::string& next) {
  std::string out;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i + 1 == rows.size()) out += "id: " + next + "\n";
    // JSON of this library has no line breaks.
    out += "event: entry\ndata: " + json::serialize(rows[i]) + "\n\n";
  }
  return out;
}

}  // namespace

/// One open stream.
class Events::Feed final : public http::Outflow {
 public:
  Feed(Events& events, const Visit& visit, std::string cookie, std::string cursor, std::string space)
      : events_(events),
        person_(*visit.person),
        cookie_(std::move(cookie)),
        cursor_(std::move(cursor)),
        space_(std::move(space)) {
    auto& own = events_.feeds_[person_.id];
    if (own.size() >= kMostOfOne) {
      own.front()->ended_ = true;
      own.pop_front();
    }
    own.push_back(this);
    ++events_.count_;
  }
  ~Feed() override {
    auto& own = events_.feeds_[person_.id];
    own.remove(this);
    if (own.empty()) events_.feeds_.erase(person_.id);
    --events_.count_;
  }

  http::Task<void> run(http::Outlet* to) override {
    // Browsers try again after that many milliseconds; the first bytes also tell proxies to pass things on.
    const Status begun = co_await to->write("retry: 2000\nid: " + cursor_ + "\n\n");
    if (!begun.ok()) co_return;
    bool more = true;
    std::uint64_t turn = 0;
    while (!ended_ && !events_.closed_) {
      if (!more && turn == events_.turn_) {
        const Status woken =
            co_await runtime::with_timeout(events_.services_.clock, kHeartbeat, events_.news_.wait());
        if (!woken.ok() && woken.error().code != Code::kTimedOut) co_return;
        if (!woken.ok()) {
          const Status told = co_await to->write(": here\n\n");
          if (!told.ok()) co_return;
        }
        if (ended_ || events_.closed_ || !still_signed_in()) break;
      }
      turn = events_.turn_;
      auto page = co_await ask();
      if (!page.ok()) break;
      const json::object& answer = page->as_object();
      cursor_ = std::string(answer.at("next").as_string());
      const json::array& rows = answer.at("entries").as_array();
      more = rows.size() >= kFullPage;
      if (rows.empty()) continue;
      std::string text = events_text(rows, cursor_);
      const Status told = co_await to->write(std::move(text));
      if (!told.ok()) co_return;
    }
    // Signed out, disabled, replaced by a newer page, or the node ends: the browser may ask again.
    (void)co_await to->write("event: end\ndata: {}\n\n");
  }

 private:
  // So many rows at once: there may be more.
  static constexpr std::size_t kFullPage = 100;

  [[nodiscard]] bool still_signed_in() const {
    if (person_.by_token) {
      const auto program = events_.accounts_.person_of_token(cookie_);
      return program.ok() && program->has_value();
    }
    const auto known = events_.accounts_.person_of_session(cookie_);
    return known.ok() && known->has_value();
  }

  [[nodiscard]] http::Task<Result<json::value>> ask() {
    json::object arguments{{"after", cursor_}, {"as", person_.handle}};
    if (!space_.empty()) arguments["space"] = space_;
    api::Call call;
    call.arguments = std::move(arguments);
    auto outcome = co_await events_.services_.commands.find("events")->run(std::move(call));
    co_return outcome;
  }

  Events& events_;
  Person person_;
  std::string cookie_;
  std::string cursor_;
  std::string space_;
  bool ended_ = false;
};

http::Task<void> Events::watch() {
  runtime::Mono told{};
  for (;;) {
    co_await services_.desk.news(kNewsWait);
    const bool stopped = co_await runtime::stop_requested();
    if (stopped) co_return;
    // What comes alone is told at once; what comes close behind it is gathered.
    const auto since = services_.clock.now() - told;
    if (since < kGather) {
      const Status gathered = co_await services_.clock.sleep_for(kGather - since);
      if (!gathered.ok()) co_return;
    }
    const auto now = community::events_now(services_.desk.store, services_.desk.run);
    if (!now.ok() || *now == last_) continue;
    last_ = *now;
    ++turn_;
    told = services_.clock.now();
    news_.notify_all();
  }
}

http::Task<http::Response> Events::open(std::shared_ptr<Visit> visit, json::object arguments) {
  if (closed_) co_return failure(*visit, {Code::kNodeDraining, {}});
  // What a browser that was cut off says counts more than the address it was once opened with.
  if (const auto last = visit->request.fields.find("Last-Event-ID"); last && is_cursor(std::string(*last)))
    arguments["after"] = std::string(*last);
  json::object first = arguments;
  auto page = co_await visit->run("events", std::move(first));
  if (!page.ok()) co_return failure(*visit, page.error());
  // Asked only to see that cursor and space are good, and where "now" is; the stream asks again from there.
  std::string cursor;
  if (const json::value* const after = arguments.if_contains("after"); after != nullptr)
    cursor = std::string(after->as_string());
  else
    cursor = std::string(page->as_object().at("next").as_string());
  std::string space;
  if (const json::value* const named = arguments.if_contains("space"); named != nullptr)
    space = std::string(named->as_string());
  http::Response out{.content_type = "text/event-stream"};
  out.fields.add("Cache-Control", "no-store");
  // nginx gathers answers before it passes them on, unless told.
  out.fields.add("X-Accel-Buffering", "no");
  out.outflow = std::make_shared<Feed>(*this, *visit, visit->secret, std::move(cursor), std::move(space));
  co_return out;
}

void Events::close() {
  closed_ = true;
  news_.notify_all();
}

}  // namespace comity::web
