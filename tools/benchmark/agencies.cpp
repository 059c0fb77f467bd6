// SPDX-License-Identifier: EUPL-1.2
#include "tools/benchmark/agencies.h"

#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

#include <arpa/inet.h>
#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/benchmark/store_node.h"

namespace comity::benchmark {
namespace {

namespace json = boost::json;
using proto::Code;

constexpr std::chrono::seconds kPatience{60};

int free_port() {
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): the interface of sockets
  const bool bound = ::bind(probe, reinterpret_cast<const sockaddr*>(&address), size) == 0 &&
                     ::getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
  ::close(probe);
  if (!bound) give_up({Code::kAddressInUse, "no free port"});
  return ntohs(address.sin_port);
}

void replace(const std::filesystem::path& file, const std::string& from, const std::string& to) {
  std::ifstream in(file);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::size_t at = text.find(from);
  if (at == std::string::npos) give_up({Code::kUnknown, file.string() + " does not hold " + from});
  text.replace(at, from.size(), to);
  std::ofstream(file) << text;
}

std::string text_at(const json::object& object, const char* key) {
  return std::string(object.at(key).as_string());
}

json::object peer(const Agency& at, const Agency& other) {
  return at.document({"peer", "show", other.name()});
}

}  // namespace

Agency::Agency(const std::filesystem::path& workplace, std::string name, const std::string& memory)
    : name_(std::move(name)),
      port_(free_port()),
      directory_(workplace / name_),
      log_(workplace / (name_ + ".log")) {
  if (std::filesystem::exists(directory_ / "comity.toml")) {  // of an earlier run
    start();
    return;
  }
  const std::string place = fmt::format("127.0.0.1:{}", port_);
  command({"init", "--name", "Ministry of " + name_, "--short-name", name_, "--listen", place, "--advertise",
           place, "--no-passphrase"});
  // A file that only keeps room on the disk is none of what is measured.
  replace(directory_ / "comity.toml", "# ballast = \"256MiB\"", "ballast = \"0B\"");
  if (!memory.empty()) {
    replace(directory_ / "comity.toml", "# memory_limit = \"256MiB\"",
            fmt::format("memory_limit = \"{}\"", memory));
  }
  start();
  command({"user", "add", name_, "--name", name_});
}

void Agency::start() {
  daemon_ = must(Daemon::start(directory_, log_));
}

std::string Agency::command(std::vector<std::string> words) const {
  words.insert(words.begin(), command_of_this_build().string());
  words.insert(words.end(), {"--data", directory_.string()});
  return must(run_program(words));
}

json::object Agency::document(std::vector<std::string> words) const {
  words.emplace_back("--json");
  return json::parse(command(std::move(words))).as_object();
}

Control Agency::control() const {
  return must(Control::open(directory_));
}

void wait_until(const std::string& what, const std::function<bool()>& check) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!check()) {
    if (std::chrono::steady_clock::now() > end) give_up({Code::kTimedOut, "never: " + what});
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

void connect(const Agency& a, const Agency& b) {
  const std::string file = (a.directory() / "invitation").string();
  a.command({"peer", "invite", "--name", b.name(), "--out", file});
  b.command({"peer", "accept", file, "--name", a.name()});
  wait_until("the invitation is claimed", [&] { return !peer(a, b).at("claims").as_array().empty(); });
  a.command({"peer", "verify", b.name(), "--words", text_at(b.document({"status"}), "words")});
  b.command({"peer", "verify", a.name(), "--words", text_at(a.document({"status"}), "words")});
  wait_until("both are connected",
             [&] { return peer(a, b).at("connected").as_bool() && peer(b, a).at("connected").as_bool(); });
}

void open_space(const Agency& steward, const Agency& other, const std::string& slug, bool with_it) {
  std::vector<std::string> words{"space",  "create", slug,        "--title", slug,
                                 "--kind", "shared", "--history", "all"};
  if (with_it) words.insert(words.end(), {"--members", other.name()});
  steward.command(words);
  if (!with_it) return;
  wait_until("the space is joined", [&] {
    const std::string rows = other.command({"space", "list", "--json"});
    return rows.find("\"" + slug + "\"") != std::string::npos && rows.find("joined") != std::string::npos;
  });
}

std::uint64_t outbox(Control& control, const std::string& peer) {
  return must(control.ask("peer/show", {{"name", peer}})).at("outbox_entries").to_number<std::uint64_t>();
}

}  // namespace comity::benchmark
