// SPDX-License-Identifier: EUPL-1.2
// How long a search takes, and how soon a new post is found while many come.
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "tools/benchmark/community_parts.h"
#include "tools/benchmark/federation_parts.h"
#include "tools/benchmark/store_node.h"

namespace comity::benchmark {
namespace {

namespace json = boost::json;

constexpr double kMostMs = 50;
constexpr double kAimMs = 15;
constexpr double kMostSeconds = 2;
constexpr std::size_t kRows = 20;
constexpr std::uint64_t kPerSecond = 500;
constexpr std::chrono::seconds kLoad{10};

/// Words that stand in the entries, as often as they stand there.
std::vector<std::string> words_of(std::size_t count) {
  Prose prose(11);
  std::vector<std::string> out;
  while (out.size() < count) {
    const std::string text = prose.text(400);
    std::string word;
    for (const char c : text) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      if (letter) {
        word += c;
      } else {
        if (word.size() > 2) out.push_back(word);
        word.clear();
      }
    }
  }
  return out;
}

class Asking {
 public:
  explicit Asking(Town& town) : town_(town), control_(town.agency.control()), words_(words_of(20'000)) {}

  using Query = std::function<json::object(Draw&)>;
  void add(Report& report, const std::string& what, const Query& query, std::size_t looks, bool bounded) {
    std::vector<std::string> requests;
    for (std::size_t i = 0; i < looks; ++i) {
      json::object asked = query(random_);
      if (!asked.contains("limit")) asked["limit"] = kRows;
      requests.push_back(Control::request("search", json::serialize(asked)));
    }
    // What the first one opens it opens for all.
    must(control_.exchange(requests.front()));
    const auto times = times_of(control_, requests);
    report.add({.name = what + ", p50", .value = median_of(times), .unit = "ms"});
    Figure worst{.name = what + ", p99", .value = percentile_of(times, 0.99), .unit = "ms"};
    if (bounded) {
      worst.must = kMostMs;
      worst.aim = kAimMs;
    }
    report.add(worst);
  }

  const std::string& word(Draw& random) const { return words_[random.below(words_.size())]; }
  const std::string& person(Draw& random) const { return town_.people[random.below(town_.people.size())]; }
  const std::string& space(Draw& random) const { return town_.spaces[random.below(town_.spaces.size())]; }

 private:
  Town& town_;
  Control control_;
  std::vector<std::string> words_;
  Draw random_{9};
};

/// Looks for one post after the other, beside whoever writes them: the newest of which it has been told.
class Seeker {
 public:
  explicit Seeker(Control control) : control_(std::move(control)), thread_([this] { seek(); }) {}
  void look_for(const std::string& mark, Tick on_disk) {
    const std::lock_guard lock(mutex_);
    next_ = {mark, on_disk};
  }
  /// How long each was not found, in seconds.
  std::vector<double> end() {
    ended_ = true;
    thread_.join();
    return std::move(delays_);
  }

 private:
  void seek() {
    while (!ended_) {
      std::pair<std::string, Tick> wanted;
      {
        const std::lock_guard lock(mutex_);
        wanted = std::exchange(next_, {});
      }
      if (wanted.first.empty()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
        continue;
      }
      const std::string request =
          Control::request("search", json::serialize(json::object{{"query", wanted.first}, {"limit", 1}}));
      while (each_id(must(control_.exchange(request)), [](std::string_view) {}) == 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      delays_.push_back(seconds_between(wanted.second, std::chrono::steady_clock::now()));
    }
  }

  Control control_;
  std::mutex mutex_{};
  std::pair<std::string, Tick> next_{};
  std::vector<double> delays_{};
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

/// Posts at an even pace, each with a word of its own, and looks for some of them as soon as they are on
/// disk.
void measure_findable(Report& report, Town& town) {
  Control poster = town.agency.control();
  Seeker seeker(town.agency.control());
  constexpr std::size_t kBatch = 25;
  const auto begun = std::chrono::steady_clock::now();
  const std::string run = fmt::format("{}x{}", ::getpid(), town.size.entries);
  std::uint64_t posted = 0;
  while (std::chrono::steady_clock::now() - begun < kLoad) {
    json::array posts;
    std::string mark;
    for (std::size_t i = 0; i < kBatch; ++i, ++posted) {
      mark = fmt::format("mark{}x{}", run, posted);
      posts.push_back(json::object{{"as", town.people[posted % town.people.size()]},
                                   {"space", town.spaces[posted % town.spaces.size()]},
                                   {"title", mark},
                                   {"text", "A short text of a few words, as people write them " + mark}});
    }
    must(poster.ask("post/batch", {{"posts", std::move(posts)}}));
    seeker.look_for(mark, std::chrono::steady_clock::now());
    // The pace counts from the beginning, so that what a slow moment held up is made good.
    std::this_thread::sleep_until(begun + std::chrono::milliseconds(posted * 1000 / kPerSecond));
  }
  const double took = seconds_between(begun, std::chrono::steady_clock::now());
  const std::vector<double> delays = seeker.end();
  report.add({.name = "posts while looking for them",
              .value = static_cast<double>(posted) / took,
              .unit = "posts/s",
              .note = fmt::format("{} were asked for", kPerSecond)});
  report.add({.name = "a post is found after, the worst",
              .value = percentile_of(delays, 1.0),
              .unit = "s",
              .note = "from the moment when it is on disk",
              .must = kMostSeconds});
}

}  // namespace

void measure_search(Report& report, Town& town) {
  Control control = town.agency.control();
  report.add({.name = "the index catches up after filling", .value = town.index_behind, .unit = "s"});
  double bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(town.agency.directory() / "search"))
    bytes += static_cast<double>(file.file_size());
  report.add({.name = "the index, for each entry",
              .value = bytes / static_cast<double>(town.size.entries),
              .unit = "B",
              .note = "its log included"});

  Asking asking(town);
  const std::size_t looks = town.size.looks;
  asking.add(
      report, "one word",
      [&](Draw& random) {
        return json::object{{"query", asking.word(random)}};
      },
      looks, true);
  asking.add(
      report, "two words, for a person",
      [&](Draw& random) {
        return json::object{{"query", asking.word(random) + " " + asking.word(random)},
                            {"as", asking.person(random)}};
      },
      looks, true);
  asking.add(
      report, "four words that hardly meet",
      [&](Draw& random) {
        return json::object{{"query", asking.word(random) + " " + asking.word(random) + " " +
                                          asking.word(random) + " " + asking.word(random)}};
      },
      looks, true);
  asking.add(
      report, "a phrase of two",
      [&](Draw& random) {
        return json::object{{"query", "\"" + asking.word(random) + " " + asking.word(random) + "\""}};
      },
      looks, true);
  asking.add(
      report, "a beginning",
      [&](Draw& random) {
        return json::object{{"query", asking.word(random).substr(0, 3) + "*"}};
      },
      looks, true);
  asking.add(
      report, "one word in one space",
      [&](Draw& random) {
        return json::object{{"query", asking.word(random)}, {"space", asking.space(random)}};
      },
      looks, true);
  asking.add(
      report, "a word that is nowhere",
      [](Draw& random) {
        return json::object{{"query", fmt::format("qqq{}", random.below(1000))}};
      },
      looks, true);
  asking.add(
      report, "two words by relevance",
      [&](Draw& random) {
        return json::object{{"query", asking.word(random) + " " + asking.word(random)},
                            {"sort", "relevance"}};
      },
      looks / 5 + 1, true);
  asking.add(
      report, "two words with facets",
      [&](Draw& random) {
        return json::object{{"query", asking.word(random) + " " + asking.word(random)}, {"facets", true}};
      },
      looks / 5 + 1, false);
  measure_findable(report, town);
}

void wait_for_index(Report& report, Town& town) {
  Control control = town.agency.control();
  // The newest entry of the filling has the greatest number in its title.
  const std::string last = fmt::format("\"{}\"", town.size.entries - 1);
  for (int tries = 0; tries < 36'000; ++tries) {
    const auto answer = control.ask("search", {{"query", last}, {"limit", 1}, {"type", "post"}});
    if (answer.ok() && !answer->at("entries").as_array().empty()) return;
    report.doing("the index follows");
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  fmt::print(stderr, "the index never caught up\n");
  std::exit(1);
}

}  // namespace comity::benchmark
