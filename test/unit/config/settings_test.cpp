// SPDX-License-Identifier: EUPL-1.2
#include "node/config/settings.h"

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include <boost/json.hpp>
#include <doctest/doctest.h>
#include <unistd.h>

#include "node/config/changes.h"
#include "node/config/check.h"
#include "node/config/describe.h"
#include "node/config/show.h"

namespace comity::config {
namespace {

const std::string kGood = R"([agency]
name = "Ministry of Health"
short_name = "health"

[node]
listen = "127.0.0.1:7443"

[keys]
passphrase_file = "/run/secret-place/passphrase"
)";

// A directory that is gone when the test ends.
class Scratch {
 public:
  Scratch() : path_(std::filesystem::temp_directory_path() / ("comity-config-" + std::to_string(getpid()))) {
    std::filesystem::create_directory(path_);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::filesystem::remove_all(path_); }

  std::filesystem::path file(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name, std::ios::binary) << text;
    return path_ / name;
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("every row of the table is complete and agrees with itself") {
  std::set<std::string> names;
  for (const SettingInfo& setting : settings_table().settings) {
    CAPTURE(setting.name());
    CHECK(names.insert(setting.name()).second);
    CHECK(find_setting(setting.name()) == &setting);
    CHECK_FALSE(setting.meaning.empty());
    CHECK_FALSE(setting.meaning.ends_with('.'));
    CHECK_FALSE(setting.danger.ends_with('.'));
    CHECK(setting.min <= setting.max);
    // A setting shows a value somewhere: its default or an example. Both are values that it takes.
    CHECK_FALSE(example_toml(setting).empty());
    if (!setting.fallback.empty()) CHECK(to_value(setting, setting.fallback).ok());
    if (!setting.example.empty()) CHECK(to_value(setting, setting.example).ok());
    // Exactly one of: it must be set, it has a default, empty has a meaning.
    CHECK((setting.required ? 1 : 0) + (setting.fallback.empty() ? 0 : 1) +
              (setting.empty_means.empty() ? 0 : 1) ==
          1);
    if (setting.secret) CHECK(setting.kind == Kind::kPath);
    const bool limited = setting.kind == Kind::kText || setting.kind == Kind::kInteger ||
                         setting.kind == Kind::kByteSize || setting.kind == Kind::kDuration ||
                         setting.kind == Kind::kTextList;
    if (limited) CHECK(setting.max < std::numeric_limits<std::int64_t>::max());
  }
  std::set<std::string_view> sections;
  for (const SectionInfo& section : settings_table().sections)
    CHECK(sections.insert(section.name).second);
  for (const SettingInfo& setting : settings_table().settings)
    CHECK(sections.contains(setting.section));
}

TEST_CASE("new settings hold the defaults") {
  const Settings settings;
  CHECK(settings.agency.name.empty());
  CHECK(settings.node.advertise.empty());
  CHECK(settings.node.web == Endpoint{"127.0.0.1", 8080});
  CHECK(settings.store.memory_limit == ByteSize{256 * 1024 * 1024});
  CHECK(settings.log.level == LogLevel::kInfo);
  CHECK(settings.log.format == LogFormat::kText);
}

TEST_CASE("a file reaches the typed members") {
  const Loaded loaded =
      parse_settings(kGood + "[store]\nballast = \"0B\"\n[log]\nlevel = \"debug\"\nformat = \"json\"\n", "f");
  REQUIRE(loaded.ok());
  CHECK(loaded.settings.agency.name == "Ministry of Health");
  CHECK(loaded.settings.agency.short_name == "health");
  CHECK(loaded.settings.node.listen == Endpoint{"127.0.0.1", 7443});
  CHECK(loaded.settings.keys.passphrase_file == "/run/secret-place/passphrase");
  CHECK(loaded.settings.store.ballast == ByteSize{0});
  CHECK(loaded.settings.log.level == LogLevel::kDebug);
  CHECK(loaded.settings.log.format == LogFormat::kJson);
}

TEST_CASE("a file is loaded from disk, or it is said why not") {
  const Scratch scratch;
  const auto good = scratch.file("comity.toml", kGood);
  const Loaded loaded = load_settings(good);
  CHECK(loaded.ok());
  CHECK(loaded.settings == parse_settings(kGood, "").settings);

  const auto error = [](const std::filesystem::path& path) {
    const Loaded failed = load_settings(path);
    REQUIRE(failed.errors().size() == 1);
    return failed.errors().front();
  };
  const auto absent = scratch.path() / "absent.toml";
  CHECK(to_string(error(absent)) ==
        "CMY-1608: the settings file cannot be read (" + absent.string() +
            ": No such file or directory). Check the path and its permissions; comity "
            "init writes a new one.");
  CHECK(error(scratch.path()).detail == scratch.path().string() + ": it is not a file");
  CHECK(error("/dev/zero").code == proto::Code::kConfigUnreadable);
  CHECK(error(scratch.file("big.toml", std::string(70'000, '\n'))).code == proto::Code::kConfigTooLarge);
}

TEST_CASE("a flag sets a setting by the rules of the file") {
  Settings settings;
  CHECK(assign(settings, "agency.name", "Ministry of Health").ok());
  CHECK(settings.agency.name == "Ministry of Health");
  CHECK(assign(settings, "node.listen", "[::]:7443").ok());
  CHECK(settings.node.listen == Endpoint{"::", 7443});
  CHECK(assign(settings, "log.level", "error").ok());
  CHECK(settings.log.level == LogLevel::kError);
  CHECK(assign(settings, "node.listen", "7443").error().code == proto::Code::kConfigValue);
  CHECK(settings.node.listen == Endpoint{"::", 7443});
  CHECK(assign(settings, "node.speed", "1").error() ==
        proto::Error{proto::Code::kConfigUnknown, "node.speed"});
  CHECK(assign(settings, "node", "1").error().code == proto::Code::kConfigUnknown);
  CHECK(assign(settings, "agency.name", "\xff")
            .error()
            .detail.starts_with("agency.name is \"\\xff\"; it takes"));
}

TEST_CASE("what is in force is shown with its origin, and no secret") {
  const Loaded loaded = parse_settings(kGood + "[log]\nlevel = \"info\"\n", "/d/comity.toml");
  REQUIRE(loaded.ok());
  CHECK(show_text(loaded) ==
        "agency.name = \"Ministry of Health\"   # /d/comity.toml:2\n"
        "agency.short_name = \"health\"         # /d/comity.toml:3\n"
        "node.listen = \"127.0.0.1:7443\"       # /d/comity.toml:6\n"
        "node.advertise = \"\"                  # default\n"
        "node.web = \"127.0.0.1:8080\"          # default\n"
        "web.hosts = []                       # default\n"
        "web.base = \"\"                        # default\n"
        "web.tls_certificate = \"\"             # default\n"
        "web.tls_key = \"\"                     # default\n"
        "web.proxies = []                     # default\n"
        "web.sign_in_header = \"\"              # default\n"
        "web.session_idle = \"3d\"              # default\n"
        "web.session_longest = \"30d\"          # default\n"
        "web.connections = 5000               # default\n"
        "keys.passphrase_file = \"***\"         # /d/comity.toml:9\n"
        "store.memory_limit = \"256MiB\"        # default\n"
        "store.ballast = \"256MiB\"             # default\n"
        "spaces.auto_join = true              # default\n"
        "spaces.steward_warn = \"1d\"           # default\n"
        "spaces.steward_refuse = \"3d\"         # default\n"
        "peers.bytes_per_day = \"16GiB\"        # default\n"
        "peers.entries_per_day = 5000000      # default\n"
        "directory.publish = true             # default\n"
        "search.languages = [\"english\"]       # default\n"
        "log.level = \"info\"                   # /d/comity.toml:11\n"
        "log.format = \"text\"                  # default\n");

  const std::string text = show_json(loaded);
  CHECK(text.find("secret-place") == std::string::npos);
  CHECK(text.find('\n') == text.size() - 1);
  const auto document = boost::json::parse(text).as_object();
  CHECK(document.at("file").as_string() == "/d/comity.toml");
  const auto& settings = document.at("settings").as_object();
  CHECK(settings.size() == settings_table().settings.size());
  CHECK(settings.at("keys.passphrase_file").at("value").as_string() == "***");
  CHECK(settings.at("agency.name").at("value").as_string() == "Ministry of Health");
  CHECK(settings.at("agency.name").at("line").as_int64() == 2);
  CHECK(settings.at("node.web").at("origin").as_string() == "default");
  CHECK_FALSE(settings.at("node.web").as_object().contains("line"));
  CHECK(settings.at("log.level").at("change").as_string() == "live");
}

TEST_CASE("a reload tells what changed and what waits for a restart") {
  const Settings running = parse_settings(kGood, "f").settings;
  CHECK(changes(running, running).empty());
  Settings wanted = running;
  wanted.log.level = LogLevel::kDebug;
  wanted.store.memory_limit = ByteSize{1 << 30};
  wanted.keys.passphrase_file = "/run/other";
  const auto found = changes(running, wanted);
  REQUIRE(found.size() == 3);
  CHECK(found[0].name == "keys.passphrase_file");
  CHECK(found[0].before == "\"***\"");
  CHECK(found[0].after == "\"***\"");
  CHECK(found[0].needs_restart);
  CHECK(found[1].name == "store.memory_limit");
  CHECK(found[1].before == "\"256MiB\"");
  CHECK(found[1].after == "\"1GiB\"");
  CHECK(found[1].needs_restart);
  CHECK(found[2].name == "log.level");
  CHECK_FALSE(found[2].needs_restart);

  const Settings next = apply_live(running, wanted);
  CHECK(next.log.level == LogLevel::kDebug);
  CHECK(next.store == running.store);
  CHECK(next.keys == running.keys);
  // What waits for a restart is still told at the next reload.
  CHECK(changes(next, wanted).size() == 2);
}

}  // namespace comity::config
