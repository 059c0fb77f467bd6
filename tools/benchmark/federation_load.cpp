// SPDX-License-Identifier: EUPL-1.2
#include "tools/benchmark/federation_load.h"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "tools/benchmark/store_node.h"

namespace comity::benchmark {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kPatience{60};

std::string next_place(std::string_view answer) {
  constexpr std::string_view kFrame = "\"next\":\"";
  const std::size_t at = answer.rfind(kFrame);
  if (at == std::string_view::npos) give_up({proto::Code::kNodeBadAnswer, "events without a next place"});
  const std::size_t begin = at + kFrame.size();
  return std::string(answer.substr(begin, answer.find('"', begin) - begin));
}

}  // namespace

double seconds_between(Tick from, Tick to) {
  return std::chrono::duration<double>(to - from).count();
}

PostStock::PostStock(const std::string& space, const std::string& person, std::size_t requests,
                     std::size_t posts, std::uint64_t seed)
    : posts_(posts) {
  Prose prose(seed);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < requests; ++i) {
    json::array all;
    for (std::size_t j = 0; j < posts; ++j) {
      json::object post{{"as", person},
                        {"space", space},
                        {"title", fmt::format("{} {}", i * posts + j, prose.title())},
                        {"text", prose.body()}};
      bytes += post["title"].as_string().size() + post["text"].as_string().size();
      all.push_back(std::move(post));
    }
    requests_.push_back(
        Control::request("post/batch", json::serialize(json::object{{"posts", std::move(all)}})));
  }
  mean_bytes_ = static_cast<double>(bytes) / static_cast<double>(requests * posts);
}

Poster::Poster(const Agency& at, const PostStock& stock, std::size_t connections, std::uint64_t posts,
               std::uint64_t per_second)
    : most_(posts), per_second_(per_second), started_(std::chrono::steady_clock::now()) {
  for (std::size_t i = 0; i < connections; ++i)
    threads_.emplace_back(
        [this, &stock, control = at.control()]() mutable { run(std::move(control), stock); });
}

void Poster::run(Control control, const PostStock& stock) {
  while (!stopping_) {
    const std::uint64_t index = next_++;
    const std::uint64_t before = index * stock.posts();
    if (most_ != 0 && before >= most_) return;
    if (per_second_ != 0) {
      const auto due = started_ + std::chrono::microseconds(before * 1'000'000 / per_second_);
      std::this_thread::sleep_until(due);
    }
    const std::string_view answer = must(control.exchange(stock.request(index)));
    std::vector<std::string> ids;
    each_id(answer, [&](std::string_view id) { ids.emplace_back(id); });
    if (ids.size() != stock.posts()) {
      const std::size_t refused = std::min(answer.find("\"code\""), answer.size());
      give_up({proto::Code::kNodeBadAnswer, fmt::format("{} of {} posts were taken: {}", ids.size(),
                                                        stock.posts(), answer.substr(refused, 400))});
    }
    acknowledged_ += ids.size();
    const std::lock_guard lock(mutex_);
    ids_.insert(ids_.end(), std::make_move_iterator(ids.begin()), std::make_move_iterator(ids.end()));
  }
}

void Poster::finish() {
  for (std::thread& thread : threads_)
    thread.join();
  threads_.clear();
}

void Poster::stop() {
  stopping_ = true;
  finish();
}

Subscriber::Subscriber(const Agency& at, bool keep) {
  Control control = at.control();
  // Asked before the thread begins: what is posted from now on is seen.
  cursor_ = next_place(must(control.exchange(Control::request("events", R"({"wait":0})"))));
  thread_ = std::thread([this, keep, own = std::move(control)]() mutable { run(std::move(own), keep); });
}

void Subscriber::run(Control control, bool keep) {
  while (!stopping_) {
    const std::string arguments = fmt::format(R"({{"after":"{}","wait":1}})", cursor_);
    const std::string_view answer = must(control.exchange(Control::request("events", arguments)));
    const Tick now = std::chrono::steady_clock::now();
    const std::uint64_t came = each_id(answer, [&](std::string_view id) {
      if (keep) seen_.push_back({std::string(id), now});
    });
    cursor_ = next_place(answer);
    if (came == 0) continue;
    last_ = now.time_since_epoch().count();
    {
      const std::lock_guard lock(mutex_);
      count_ += came;
    }
    came_.notify_all();
  }
}

void Subscriber::stop() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void Subscriber::wait_for(std::uint64_t count) {
  std::unique_lock lock(mutex_);
  while (count_ < count) {
    const std::uint64_t before = count_;
    if (!came_.wait_for(lock, kPatience, [&] { return count_ != before; }))
      give_up({proto::Code::kTimedOut, fmt::format("{} of {} posts became readable", before, count)});
  }
}

void Subscriber::settle() {
  std::unique_lock lock(mutex_);
  for (std::uint64_t before = count_;; before = count_) {
    if (!came_.wait_for(lock, std::chrono::seconds(1), [&] { return count_ != before; })) return;
  }
}

}  // namespace comity::benchmark
