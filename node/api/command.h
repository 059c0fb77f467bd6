// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "node/http/handler.h"
#include "proto/ids.h"
#include "proto/result.h"

namespace comity::api {

/// The person of our own agency who calls a command through the pages or the interface for programs.
struct ActingPerson {
  proto::UserId id;
  std::string handle;
  bool program = false;  ///< by a token
};

/// What a command is called with.
struct Call {
  http::Caller caller;
  boost::json::object arguments;
  std::optional<ActingPerson> person{};
};

/// Runs a command on the owner thread. Its value becomes the answer; its error, a problem document.
using Run = std::function<http::Task<proto::Result<boost::json::value>>(Call call)>;

enum class Effect {
  kReads,    ///< changes nothing: may be asked with GET as well
  kChanges,  ///< changes the node's state: POST only
};

struct Command {
  Effect effect = Effect::kChanges;
  Run run;
};

/// The commands of a node by name: words in lower case, joined by '/', as in "peer/list". Filled before it
/// serves.
class CommandTable {
 public:
  /// Throws std::logic_error for a name that is taken or badly formed.
  void add(std::string name, Command command);
  /// Puts another command in the place of one, made of it. Throws std::logic_error when there is none.
  void replace(std::string_view name, const std::function<Command(Command)>& make);
  /// nullptr when there is none.
  [[nodiscard]] const Command* find(std::string_view name) const;

 private:
  std::map<std::string, Command, std::less<>> commands_;
};

}  // namespace comity::api
