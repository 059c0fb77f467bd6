// SPDX-License-Identifier: EUPL-1.2
// The whole way of a command: blocking client, Unix-domain socket, server, table, and back.
#include <atomic>
#include <filesystem>
#include <future>
#include <thread>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/api/client.h"
#include "node/api/control.h"
#include "node/http/server.h"
#include "node/runtime/asio/local.h"
#include "node/runtime/asio/system.h"
#include "node/runtime/loop.h"

namespace comity::api {
namespace {

using namespace std::chrono_literals;
using proto::Code;

struct Folder {
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "comity-api-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path = pattern;
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path path;
};

http::Task<proto::Result<boost::json::value>> who(Call call) {
  boost::json::object out;
  out["uid"] = call.caller.uid.value();
  out["text"] = std::string(call.arguments.contains("long") ? 900'000 : 3, 'x');
  co_return boost::json::value(out);
}

http::Task<proto::Result<boost::json::value>> stop(runtime::Condition* stopped, bool* asked) {
  *asked = true;
  stopped->notify_all();
  co_return boost::json::value("stopping");
}

http::Task<void> serve_until_stopped(http::Server* server, runtime::Condition* stopped,
                                     const bool* asked) {
  while (!*asked) {
    const proto::Status waited = co_await stopped->wait();
    if (!waited.ok()) break;
  }
  co_await server->drain(5s);
}

/// A server on its own thread until a client calls "stop".
void serve_in(const std::filesystem::path& folder, std::promise<void>& ready) {
  runtime::Loop loop;
  const auto clock = runtime::make_system_clock(loop.executor());
  runtime::Condition stopped;
  bool asked = false;
  CommandTable commands;
  commands.add("who", {Effect::kReads, who});
  commands.add("stop", {Effect::kChanges, [&](Call) { return stop(&stopped, &asked); }});
  auto listener =
      runtime::listen_local(loop.executor(), folder / kControlSocket, runtime::LocalAccess::kOwnerAndGroup);
  REQUIRE(listener.ok());
  http::Server server(loop.executor(), *clock, http::local_door(*std::move(listener)),
                      control_service(&commands, [](const std::string&) {}), kControlConnections);
  ready.set_value();
  loop.run(serve_until_stopped(&server, &stopped, &asked));
}

}  // namespace

TEST_CASE("a command over the socket") {
  Folder folder;
  std::promise<void> ready;
  std::thread node(serve_in, folder.path, std::ref(ready));
  ready.get_future().wait();
  const Client client(folder.path);

  struct stat about {};
  REQUIRE(::stat((folder.path / kControlSocket).c_str(), &about) == 0);
  CHECK((about.st_mode & 07777U) == 0660);

  const auto answer = client.call("who");
  REQUIRE(answer.ok());
  CHECK(answer->at("uid") == ::getuid());
  const auto large = client.call("who", {{"long", true}});
  REQUIRE(large.ok());
  CHECK(large->at("text").as_string().size() == 900'000);
  CHECK(client.call("nothing").error().code == Code::kNoSuchCommand);
  CHECK(client.call("who", {{"a", std::string(1'100'000, 'x')}}).error().code == Code::kHttpBodyTooLarge);

  CHECK(client.call("stop").ok());
  node.join();
  CHECK_FALSE(std::filesystem::exists(folder.path / kControlSocket));
  CHECK(client.call("who").error().code == Code::kNodeNotRunning);
}

TEST_CASE("without a node, or without a directory, the client says so") {
  Folder folder;
  CHECK(Client(folder.path).call("who").error().code == Code::kNodeNotRunning);
  CHECK(Client(folder.path / "absent").call("who").error().code == Code::kNodeNotRunning);
  CHECK(Client(folder.path / std::string(120, 'x')).call("who").error().code == Code::kBadSocketPath);
}

}  // namespace comity::api
