// SPDX-License-Identifier: EUPL-1.2
#include "storage/migrate.h"

#include <stdexcept>

#include <doctest/doctest.h>

#include "test/unit/storage/adapters.h"
#include "test/unit/storage/test_tables.h"

namespace comity::storage::test {
namespace {

using proto::Code;

/// Adds "!" to each note, five a step; counts its steps.
Migration shout(std::uint32_t schema, int* steps = nullptr) {
  return {schema, "shout", "The tests want to see rows change.",
          [steps](const View& view, ByteView cursor) -> proto::Result<MigrationStep> {
            if (steps != nullptr) ++*steps;
            Range range = kNotes.range();
            if (!cursor.empty()) range.begin = proto::to_bytes(cursor);
            COMITY_TRY(const auto page, view.scan({range, 5, proto::bounds::kStorePageBytes, false}));
            MigrationStep step;
            for (const Row& row : page.rows)
              step.batch.put(row.key, proto::concat({row.value, text("!")}));
            if (page.rest) step.cursor = page.rest->begin;
            return step;
          }};
}

Migration broken(std::uint32_t schema) {
  return {schema, "broken", "Fails.", [](const View&, ByteView) -> proto::Result<MigrationStep> {
            return proto::Error{Code::kWrongSize, "as planted"};
          }};
}

void fill(Store& store, std::size_t count) {
  Batch batch;
  for (std::size_t i = 0; i < count; ++i)
    batch.put(note(1, i), text("hey"));
  must(store.commit(std::move(batch)));
}

TEST_CASE("a new store says what it is") {
  with_each([](Store& store, Adapter&) {
    const StoreInfo info = must(read_info(store));
    CHECK(info.stamp.schema == 1);
    CHECK(info.stamp.written_by == "0.0-test");
    CHECK_FALSE(info.migrating);
    CHECK(code_of(stamp_store(store, {})) == Code::kStoreExists);
    proto::InstanceId instance;
    instance.writable()[0] = std::byte{9};
    must(renew_instance(store, instance));
    CHECK(must(read_info(store)).stamp.instance == instance);
  });
}

TEST_CASE("marks that do not decode are damage") {
  with_each([](Store& store, Adapter&) {
    must(store.commit(std::move(Batch().put(meta::schema_key(), text("abc")))));
    CHECK(code_of(read_info(store)) == Code::kStoreCorrupt);
    must(store.commit(std::move(Batch().put(meta::schema_key(), Bytes(200)))));
    CHECK(code_of(read_info(store)) == Code::kStoreCorrupt);
    must(store.commit(std::move(Batch().erase(meta::schema_key()))));
    CHECK(code_of(read_info(store)) == Code::kStoreForeign);
  });
}

TEST_CASE("a newer store is refused with the version that is needed") {
  with_each([](Store& store, Adapter&) {
    must(store.commit(std::move(Batch().put(meta::schema_key(), meta::schema_value(7, "4.2.0")))));
    const auto refused = check_schema(must(read_info(store)), 3);
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().code == Code::kStoreNewerSchema);
    CHECK(refused.error().detail == "it has schema 7 and needs Comity 4.2.0; this program knows schema 3");
    CHECK(check_schema(must(read_info(store)), 7).ok());
    const std::vector<Migration> list{shout(2), shout(3)};
    CHECK(code_of(migrate(store, list, {})) == Code::kStoreNewerSchema);
  });
}

TEST_CASE("migrations run in order, once, in steps, with progress") {
  with_each([](Store& store, Adapter&) {
    fill(store, 12);
    int steps = 0;
    const std::vector<Migration> list{shout(2, &steps), shout(3, &steps)};
    std::vector<std::pair<std::uint32_t, bool>> reported;
    MigrateOptions options{.written_by = "0.2.0"};
    options.progress = [&](const MigrationProgress& progress) {
      reported.emplace_back(progress.migration.schema, progress.finished);
    };
    must(migrate(store, list, options));
    CHECK(steps == 6);
    CHECK(reported == std::vector<std::pair<std::uint32_t, bool>>{
                          {2, false}, {2, false}, {2, true}, {3, false}, {3, false}, {3, true}});
    for (const Row& row : rows(store, kNotes.range()))
      CHECK(row.value == text("hey!!"));
    const StoreInfo info = must(read_info(store));
    CHECK(info.stamp.schema == 3);
    CHECK(info.stamp.written_by == "0.2.0");
    must(migrate(store, list, options));
    CHECK(steps == 6);
  });
}

TEST_CASE("an interrupted migration goes on where it was, whichever step it was") {
  for (int interrupted_at = 1; interrupted_at <= 5; ++interrupted_at) {
    for (const auto& adapter : all_adapters()) {
      const std::string adapter_name = adapter->name();
      CAPTURE(adapter_name);
      CAPTURE(interrupted_at);
      int steps = 0;
      const std::vector<Migration> list{shout(2, &steps)};
      {
        auto store = must(adapter->open({}));
        fill(*store, 23);
        MigrateOptions options{.written_by = "0.2.0"};
        struct Killed {};
        options.progress = [&](const MigrationProgress&) {
          if (steps == interrupted_at) throw Killed();
        };
        CHECK_THROWS_AS((void)migrate(*store, list, options), Killed);
        adapter->crash(std::move(store));
      }
      const auto store = must(adapter->open({}));
      const bool finished = interrupted_at == 5;
      CHECK(must(read_info(*store)).migrating == (finished ? std::nullopt : std::optional<std::uint32_t>(2)));
      // A program that knows schema 1 only must not touch what is half done.
      CHECK(check_schema(must(read_info(*store)), 1).ok() == false);
      must(migrate(*store, list, {.written_by = "0.2.0"}));
      CHECK(steps == 5);
      for (const Row& row : rows(*store, kNotes.range()))
        CHECK(row.value == text("hey!"));
    }
  }
}

TEST_CASE("a migration that fails leaves the store at its last step") {
  with_each([](Store& store, Adapter&) {
    fill(store, 3);
    const std::vector<Migration> list{shout(2), broken(3)};
    const auto failed = migrate(store, list, {.written_by = "0.2.0"});
    REQUIRE_FALSE(failed.ok());
    CHECK(failed.error().detail == "as planted");
    CHECK(must(read_info(store)).stamp.schema == 2);
  });
}

TEST_CASE("a checkpoint is taken before the first step, and only then") {
  with_each([](Store& store, Adapter& adapter) {
    fill(store, 3);
    const std::vector<Migration> list{shout(2)};
    MigrateOptions options{.written_by = "0.2.0"};
    options.checkpoint = adapter.new_path("before-2");
    must(migrate(store, list, options));
    const auto copy = must(adapter.open_copy(options.checkpoint));
    CHECK(must(read_info(*copy)).stamp.schema == 1);
    CHECK(get(*copy, note(1, 1)) == text("hey"));
  });
}

TEST_CASE("a list that cannot lead there is refused") {
  with_each([](Store& store, Adapter&) {
    const std::vector<Migration> late{shout(5), shout(6)};
    CHECK(code_of(migrate(store, late, {})) == Code::kStoreOlderSchema);
    const std::vector<Migration> gap{shout(2), shout(4)};
    CHECK_THROWS_AS((void)migrate(store, gap, {}), std::logic_error);
    must(migrate(store, {}, {}));
  });
}

}  // namespace
}  // namespace comity::storage::test
