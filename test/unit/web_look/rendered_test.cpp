// SPDX-License-Identifier: EUPL-1.2
#include "node/web/look/rendered.h"

#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace comity::web {

TEST_CASE("what is kept is what would be made, for each place of its own") {
  Rendered rendered(1 << 20);
  const MarkdownPlace travel{.space = "travel"};
  for (int again = 0; again < 2; ++again) {
    CHECK(rendered.html("a *b* #tag", travel) == markdown("a *b* #tag", travel).html);
    CHECK(rendered.html("a *b* #tag", {}) == markdown("a *b* #tag", {}).html);
    CHECK(rendered.html("# a", {.heading = 2}) == markdown("# a", {.heading = 2}).html);
    CHECK(rendered.html("# a", {.heading = 4}) == markdown("# a", {.heading = 4}).html);
    // The end of one part is not the beginning of the next.
    CHECK(rendered.html("y #t", {.base = "/x", .space = "s"}) ==
          markdown("y #t", {.base = "/x", .space = "s"}).html);
    CHECK(rendered.html("y #t", {.base = "", .space = "s"}) ==
          markdown("y #t", {.base = "", .space = "s"}).html);
  }
}

TEST_CASE("it stays within its bound, and what is larger than all of it is not kept") {
  Rendered rendered(4000);
  for (int i = 0; i < 500; ++i) {
    const std::string text = "text " + std::to_string(i) + std::string(100, 'x');
    CHECK(rendered.html(text, {}) == markdown(text, {}).html);
    CHECK(rendered.bytes() <= 4000);
  }
  const std::size_t before = rendered.bytes();
  CHECK(before > 3000);
  CHECK(rendered.html(std::string(5000, 'y'), {}).find("yyy") != std::string::npos);
  CHECK(rendered.bytes() == before);
}

TEST_CASE("many threads ask at once") {
  Rendered rendered(3000);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 300; ++i) {
        const std::string text = "text " + std::to_string(i % 17);
        if (rendered.html(text, {}) != markdown(text, {}).html) FAIL_CHECK(text);
      }
    });
  }
  for (std::thread& thread : threads)
    thread.join();
  CHECK(rendered.bytes() <= 3000);
}

}  // namespace comity::web
