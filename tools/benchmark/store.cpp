// SPDX-License-Identifier: EUPL-1.2
// Store and feeds: local posts, ingest of verified runs, growth, disk, verification, an idle node.
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "crypto/secret.h"
#include "node/feed/check_rows.h"
#include "node/feed/follow.h"
#include "node/feed/pack.h"
#include "node/feed/reindex.h"
#include "tools/benchmark/process.h"
#include "tools/benchmark/store_flow.h"
#include "tools/benchmark/store_idle.h"
#include "tools/benchmark/store_limits.h"
#include "tools/benchmark/suites.h"
#include "tools/benchmark/workplace.h"

namespace comity::benchmark {
namespace {

namespace fs = std::filesystem;
using Better = Figure::Better;

constexpr std::size_t kStep = 10'000;    // entries between two looks at the figures
constexpr std::size_t kPlainSteps = 10;  // 10^5
constexpr std::size_t kFullSteps = 100;  // 10^6
constexpr std::size_t kCompared = 10;    // steps beside the bare committer
constexpr std::size_t kEnds = 3;         // steps at either end of the growth
constexpr std::size_t kWindow = 1024;    // posts under way
constexpr std::size_t kSingles = 200;
constexpr std::size_t kReads = 2000;
constexpr std::size_t kTexts = 5000;
constexpr std::size_t kMemory = std::size_t{256} << 20U;  // of the bare committer: the node's own default

struct Options {
  bool json = false;
  bool full = false;
  bool keep = false;
  std::size_t steps = 0;
  fs::path directory;
};

constexpr const char* kUsage =
    "usage: tools/bench store [--full] [--steps N] [--directory DIR] [--keep] [--json]\n"
    "  --full           1,000,000 entries instead of 100,000 (about 12 minutes instead of 2)\n"
    "  --steps N        N times 10,000 entries\n"
    "  --directory DIR  where to write (default: a new one among the temporary files)\n"
    "  --keep           leave what was written there\n"
    "  --json           print one JSON object instead of the table\n"
    "examples:\n"
    "  tools/bench store\n"
    "  tools/bench store --full --directory /srv/measured\n";

bool read_options(const std::vector<std::string>& arguments, Options& options) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    const bool has_value = i + 1 < arguments.size();
    if (argument == "--json") {
      options.json = true;
    } else if (argument == "--full") {
      options.full = true;
    } else if (argument == "--keep") {
      options.keep = true;
    } else if (argument == "--directory" && has_value) {
      options.directory = arguments[++i];
    } else if (argument == "--steps" && has_value) {
      const std::string& text = arguments[++i];
      const auto read = std::from_chars(text.data(), text.data() + text.size(), options.steps);
      if (read.ec != std::errc() || read.ptr != text.data() + text.size() || options.steps < kEnds + 1)
        return false;
    } else {
      return false;
    }
  }
  if (options.steps == 0) options.steps = options.full ? kFullSteps : kPlainSteps;
  return true;
}

/// What one step of 10,000 entries cost.
struct Step {
  Cost append;
  Cost read;
  Cost ingest;
  Cost check;
  std::optional<double> bare_64;   // entries/s of the bare committer, batches of 64
  std::optional<double> bare_256;  // and of 256
  std::optional<double> bare_us;   // its processor time for one entry
};

class StoreBench {
 public:
  StoreBench(const Options& options, Report& report)
      : options_(options),
        report_(report),
        author_(std::make_unique<StoreNode>(place_of(options) / "a", "alpha")),
        reader_(std::make_unique<StoreNode>(workplace_->path() / "b", "beta")),
        flow_(*author_, *reader_, 20'261),
        bare_(std::make_unique<BareCommitter>(workplace_->path() / "bare", kMemory)) {}

  void run() {
    add_limits();
    const auto [alone, sync] = single_posts();
    const Stopwatch watch;
    for (std::size_t i = 0; i < options_.steps; ++i) {
      report_.doing("entries written, read, checked and taken in", i * kStep, options_.steps * kStep);
      steps_.push_back(step(i < kCompared));
      if (i == 0) early_read_ = flow_.read_random(kReads, 1, kStep);
    }
    const double written = watch.wall();
    const std::size_t all = options_.steps * kStep;
    const Cost new_read = flow_.read_random(kReads, all - kStep, all);
    const Cost late_read = flow_.read_random(kReads, 1, all);
    show_posts(alone, sync);
    show_ingest();
    report_.add({.name = fmt::format("{} entries: texts, packed, written, read, taken in", all),
                 .value = written,
                 .unit = "s"});
    show_growth(new_read, late_read);
    bare_.reset();
    show_disk();
    show_checks();
    show_idle();
  }

 private:
  const fs::path& place_of(const Options& options) {
    workplace_ = std::make_unique<Workplace>(options.directory, options.keep);
    return workplace_->path();
  }

  void add_limits() {
    report_.heading("The machine");
    Prose prose(7);
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < kTexts; ++i)
      texts.push_back(prose.body());
    add_machine_limits(report_, workplace_->path(), texts);
    add_real_mail();
  }

  // Medians of one post alone and of one fdatasync, in turns, in us.
  [[nodiscard]] std::pair<double, double> single_posts() {
    std::vector<double> posts;
    std::vector<double> syncs;
    SyncProbe probe(workplace_->path());
    for (Packed& post : flow_.pack_posts(kSingles)) {
      syncs.push_back(probe.once_us(4096));
      posts.push_back(flow_.append_alone_us(std::move(post)));
    }
    return {median_of(posts), median_of(syncs)};
  }

  // The same compressor on real mail, where it is at hand.
  void add_real_mail() {
    const char* const data = std::getenv("COMITY_DATA");
    if (data == nullptr) return;
    std::ifstream file(fs::path(data) / "forum" / "ksummit-2021-2022.mbox", std::ios::binary);
    std::ostringstream whole;
    whole << file.rdbuf();
    const std::string mails = whole.str();
    std::size_t plain = 0;
    std::size_t packed = 0;
    for (std::size_t at = 0; at < mails.size();) {
      const std::size_t end = std::min(mails.find("\nFrom ", at + 1), mails.size());
      const std::size_t body = mails.find("\n\n", at);
      if (body < end) {
        const std::string_view text = std::string_view(mails).substr(body + 2, end - body - 2);
        plain += text.size();
        packed += must(feed::pack(proto::as_bytes(text))).size();
      }
      at = end;
    }
    if (packed == 0) return;
    report_.add({.name = "compression ratio of real mail",
                 .value = static_cast<double>(plain) / static_cast<double>(packed),
                 .note = "COMITY_DATA: forum/ksummit-2021-2022.mbox"});
  }

  Step step(bool compare) {
    Step step;
    step.append = flow_.append(flow_.pack_posts(kStep), kWindow);
    std::vector<v1::Entry> entries;
    step.read = flow_.read_wire(next_, entries);
    next_ = proto::Seq{proto::raw(next_) + entries.size()};
    for (const v1::Entry& entry : entries)
      header_bytes_ += entry.header().size();
    if (compare) {
      std::vector<BareCommitter::Rows> rows;
      for (const v1::Entry& entry : entries)
        rows.push_back(BareCommitter::rows_of(entry, flow_.space()));
      const auto half = rows.begin() + static_cast<std::ptrdiff_t>(rows.size() / 2);
      const std::vector<BareCommitter::Rows> rest(half, rows.end());
      rows.erase(half, rows.end());
      const Cost small = cost_of(rows.size(), [&] { bare_->write(rows, 64); });
      step.bare_64 = small.rate();
      step.bare_us = small.processor_us();
      step.bare_256 = cost_of(rest.size(), [&] { bare_->write(rest, 256); }).rate();
      step.check = flow_.check_only(entries);
    }
    step.ingest = flow_.ingest(entries);
    return step;
  }

  template <class Get>
  [[nodiscard]] double median_over(std::size_t from, std::size_t to, Get get) const {
    std::vector<double> values;
    for (std::size_t i = from; i < to; ++i)
      values.push_back(get(steps_[i]));
    return median_of(std::move(values));
  }
  [[nodiscard]] std::size_t compared() const { return std::min(kCompared, steps_.size()); }

  void show_posts(double alone, double sync) {
    report_.heading("Local durable posts");
    const auto over = [&](auto get) { return median_over(0, compared(), get); };
    report_.add({.name = "one post at a time, median",
                 .value = alone,
                 .unit = "us",
                 .note = fmt::format("{:.2f} x one fdatasync of 4 KiB ({:.0f} us)", alone / sync, sync)});
    report_.add({.name = "posts, released, sealed, signed, on disk",
                 .value = over([](const Step& s) { return s.append.rate(); }),
                 .unit = "1/s",
                 .note = fmt::format("{:.1f} us of processor each",
                                     over([](const Step& s) { return s.append.processor_us(); }))});
    report_.add(
        {.name = "bare RocksDB committer, same rows, 64 a batch",
         .value = over([](const Step& s) { return *s.bare_64; }),
         .unit = "1/s",
         .note = fmt::format("{:.1f} us of processor each", over([](const Step& s) { return *s.bare_us; }))});
    report_.add({.name = "the same, 256 a batch",
                 .value = over([](const Step& s) { return *s.bare_256; }),
                 .unit = "1/s"});
    report_.add({.name = "local durable post, share of the bare committer",
                 .value = over([](const Step& s) { return 100 * s.append.rate() / *s.bare_64; }),
                 .unit = "%",
                 .must = 40,
                 .aim = 60,
                 .better = Better::kMore});
  }

  void show_ingest() {
    report_.heading("Entries of another agency");
    const auto over = [&](auto get) { return median_over(0, compared(), get); };
    report_.add({.name = "read for sending",
                 .value = over([](const Step& s) { return s.read.rate(); }),
                 .unit = "1/s",
                 .note = fmt::format("{:.1f} us of processor each",
                                     over([](const Step& s) { return s.read.processor_us(); }))});
    report_.add({.name = "checked (check_batch alone)",
                 .value = over([](const Step& s) { return s.check.rate(); }),
                 .unit = "1/s"});
    report_.add({.name = "ingest: prepared, checked, on disk",
                 .value = over([](const Step& s) { return s.ingest.rate(); }),
                 .unit = "1/s",
                 .note = fmt::format("{:.1f} us of processor each",
                                     over([](const Step& s) { return s.ingest.processor_us(); })),
                 .must = 15'000,
                 .aim = 20'000,
                 .better = Better::kMore});
  }

  template <class Get>
  void add_growth(const std::string& name, Get get) {
    const double early = median_over(1, 1 + kEnds, [&](const Step& s) { return get(s).processor_us(); });
    const double late = median_over(steps_.size() - kEnds, steps_.size(),
                                    [&](const Step& s) { return get(s).processor_us(); });
    const double early_wall = median_over(1, 1 + kEnds, [&](const Step& s) { return get(s).wall_us(); });
    const double late_wall =
        median_over(steps_.size() - kEnds, steps_.size(), [&](const Step& s) { return get(s).wall_us(); });
    report_.add({.name = name,
                 .value = late / early,
                 .unit = "x",
                 .note = fmt::format("processor {:.1f} to {:.1f} us, time {:.1f} to {:.1f} us ({:.2f} x)",
                                     early, late, early_wall, late_wall, late_wall / early_wall),
                 .must = 1.5,
                 .aim = 1.2});
  }

  void add_read(const std::string& name, const Cost& late) {
    const double early = early_read_.processor_us();
    report_.add({.name = name,
                 .value = late.processor_us() / early,
                 .unit = "x",
                 .note = fmt::format("processor {:.1f} to {:.1f} us, time {:.1f} to {:.1f} us", early,
                                     late.processor_us(), early_read_.wall_us(), late.wall_us()),
                 .must = 1.5,
                 .aim = 1.2});
  }

  void show_growth(const Cost& new_read, const Cost& late_read) {
    report_.heading(fmt::format("Growth from 10,000 to {} entries", steps_.size() * kStep));
    add_growth("post", [](const Step& s) { return s.append; });
    add_growth("read for sending", [](const Step& s) { return s.read; });
    add_growth("ingest", [](const Step& s) { return s.ingest; });
    add_read("one of the newest 10,000, read and opened", new_read);
    add_read("one of all, read and opened", late_read);
  }

  void show_disk() {
    report_.heading("Disk");
    report_.doing("flush and compaction");
    const fs::path store = workplace_->path() / "a" / "store";
    const Cost settled = cost_of(1, [&] { settle(author_->store()); });
    const auto entries = static_cast<double>(proto::raw(flow_.state(*author_).end.seq));
    const auto bytes = static_cast<double>(table_bytes(store));
    const auto content = static_cast<double>(flow_.packed_bytes() + header_bytes_);
    report_.add({.name = "compressed body and header", .value = content / entries, .unit = "B"});
    report_.add({.name = "disk per post, after flush and compaction",
                 .value = bytes / entries,
                 .unit = "B",
                 .note = fmt::format("compaction took {:.1f} s", settled.wall),
                 .aim = 2400});
    report_.add({.name = "the same, against compressed body and header",
                 .value = bytes / content,
                 .unit = "x",
                 .must = 1.6,
                 .aim = 1.25});
  }

  void show_checks() {
    report_.heading("Verification and rebuilding");
    report_.doing("verifying the feed");
    std::uint64_t entries = 0;
    const Cost feed = cost_of(1, [&] {
      const auto view = must(author_->store().snapshot());
      entries = must(feed::verify_feed(*view, author_->keys().storage, flow_.feed(), flow_.signers()));
    });
    report_.add(
        {.name = "verify_feed: chain, runs, signatures",
         .value = feed.wall,
         .unit = "s",
         .note = fmt::format("{} entries, {:.0f}/s", entries, static_cast<double>(entries) / feed.wall)});
    verify_store(entries);
    rebuild(entries);
  }

  void verify_store(std::uint64_t entries) {
    storage::Verified verified;
    const Cost cost = cost_of(1, [&] {
      const auto view = must(author_->store().snapshot());
      storage::Verifying verifying;
      verifying.check = [&](const storage::TableInfo& table, proto::ByteView key, proto::ByteView value) {
        return feed::check_row(*view, author_->keys().storage, table, key, value);
      };
      verifying.found = [](const storage::Damage& damage) { give_up(damage.error); };
      verifying.progress = [&](std::uint64_t rows) { report_.doing("rows verified", rows, 5 * entries); };
      verified = must(author_->store().verify(storage::Depth::kRows, verifying));
    });
    report_.add(
        {.name = "Store::verify, every row judged",
         .value = cost.wall,
         .unit = "s",
         .note = fmt::format("{} rows in {} files, {} damaged, {:.0f} rows/s", verified.rows, verified.files,
                             verified.damages, static_cast<double>(verified.rows) / cost.wall)});
  }

  void rebuild(std::uint64_t entries) {
    const feed::SpaceCounts counts;
    const std::vector<const feed::Follower*> followers{&counts};
    std::vector<storage::TableInfo> tables;
    for (const feed::Projection* projection : author_->projections()) {
      for (const storage::TableInfo& table : projection->tables())
        tables.push_back(table);
    }
    const auto hash = [&] { return must(feed::range_hash(*must(author_->store().snapshot()), tables)); };
    const auto before = hash();
    const Cost cost = cost_of(1, [&] {
      (void)must(
          feed::reindex(author_->store(), author_->keys().storage, author_->projections(), followers,
                        [&](std::uint64_t done) { report_.doing("entries indexed anew", done, entries); }));
    });
    if (hash() != before)
      give_up({proto::Code::kFeedDamaged, "rebuilt tables differ from those written live"});
    report_.add({.name = "reindex: all projections built anew",
                 .value = cost.wall,
                 .unit = "s",
                 .note = fmt::format("{:.0f} entries/s; equal to what was written live",
                                     static_cast<double>(entries) / cost.wall)});
  }

  void show_idle() {
    report_.heading("Idle node");
    author_->close();
    reader_->close();
    report_.doing("comityd starts");
    const fs::path program = daemon_of_this_build();
    if (!fs::exists(program)) {
      report_.add({.name = "not measured", .note = "comityd is not built: ninja -C build node/comityd"});
      return;
    }
    std::vector<double> ready;
    IdleNode idle;
    for (int i = 0; i < 3; ++i) {
      idle = must(measure_idle(workplace_->path() / "a"));
      ready.push_back(idle.ready_seconds);
    }
    const std::string held = fmt::format("{} entries held", steps_.size() * kStep);
    report_.add({.name = "start to ready line",
                 .value = median_of(ready),
                 .unit = "s",
                 .note = held,
                 .must = 2,
                 .aim = 0.5});
    report_.add({.name = "resident memory, settled",
                 .value = idle.resident_mib,
                 .unit = "MiB",
                 .note = fmt::format("{:.0f} MiB of it anonymous", idle.private_mib),
                 .must = 150,
                 .aim = 64});
  }

  const Options& options_;
  Report& report_;
  std::unique_ptr<Workplace> workplace_;
  std::unique_ptr<StoreNode> author_;
  std::unique_ptr<StoreNode> reader_;
  Flow flow_;
  std::unique_ptr<BareCommitter> bare_;
  std::vector<Step> steps_;
  Cost early_read_;
  proto::Seq next_{1};
  std::uint64_t header_bytes_ = 0;
};

}  // namespace

int run_store(const std::vector<std::string>& arguments) {
  Options options;
  if (arguments.size() == 1 && (arguments[0] == "--help" || arguments[0] == "-h")) {
    fmt::print("{}", kUsage);
    return 0;
  }
  if (!read_options(arguments, options)) {
    fmt::print(stderr, "{}", kUsage);
    return 2;
  }
  crypto::init_sodium();
  Report report("store", options.json);
  StoreBench(options, report).run();
  report.end();
  return 0;
}

}  // namespace comity::benchmark
