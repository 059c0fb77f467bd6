// SPDX-License-Identifier: EUPL-1.2
// The entry point of every doctest program. It adds what doctest does not have: a test that finds its input
// absent reports itself skipped, and the run closes with one line that tools/test adds up.
#define DOCTEST_CONFIG_IMPLEMENT
#include <cstdio>
#include <set>
#include <string>

#include <doctest/doctest.h>

#include "test/unit/skip.h"

namespace {

std::set<std::string>& skipped_tests() {
  static std::set<std::string> names;
  return names;
}

std::string& current_test() {
  static std::string name;
  return name;
}

unsigned passed = 0;
unsigned failed = 0;

struct ClosingLine : doctest::IReporter {
  explicit ClosingLine(const doctest::ContextOptions& /*options*/) {}
  void report_query(const doctest::QueryData& /*data*/) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats& /*stats*/) override {}
  void test_case_start(const doctest::TestCaseData& data) override { current_test() = data.m_name; }
  void test_case_reenter(const doctest::TestCaseData& /*data*/) override {}
  void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
    if (!stats.testCaseSuccess) {
      ++failed;
    } else if (!skipped_tests().contains(current_test())) {
      ++passed;
    }
  }
  void test_case_exception(const doctest::TestCaseException& /*error*/) override {}
  void subcase_start(const doctest::SubcaseSignature& /*signature*/) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData& /*data*/) override {}
  void log_message(const doctest::MessageData& /*data*/) override {}
  void test_case_skipped(const doctest::TestCaseData& /*data*/) override {}
};

}  // namespace

REGISTER_LISTENER("closing-line", 1, ClosingLine);

namespace comity::test {

void skip(const std::string& reason) {
  skipped_tests().insert(current_test());
  std::printf("skipped: %s: %s\n", current_test().c_str(), reason.c_str());
}

}  // namespace comity::test

int main(int argc, char** argv) {
  doctest::Context context(argc, argv);
  const int result = context.run();
  if (!context.shouldExit()) {
    std::printf("%u passed, %u failed, %zu skipped\n", passed, failed, skipped_tests().size());
    if (passed + failed + skipped_tests().size() == 0) return 1;
  }
  return result;
}
