// SPDX-License-Identifier: EUPL-1.2
#pragma once

#include "node/community/people/people.h"
#include "node/community/people/sessions.h"
#include "node/web/serve/origin.h"
#include "node/web/serve/pace.h"
#include "node/web/serve/services.h"
#include "node/web/serve/web.h"

namespace comity::web {

/// Sessions and tokens: who a request comes from. Sessions stand in the store, so they outlive a restart; the
/// store holds hashes of what browsers hold. Owner thread.
class Accounts {
 public:
  explicit Accounts(Services& services);
  Accounts(const Accounts&) = delete;
  Accounts& operator=(const Accounts&) = delete;

  /// Who a cookie says is here; nothing when it is unknown, over, or its person is disabled. Errors: those of
  /// the store.
  struct SignedIn {
    Person person;
    community::SignedInBy by;
  };
  [[nodiscard]] proto::Result<std::optional<SignedIn>> person_of_session(const std::string& cookie);
  /// The same for the token of a program, with what it allows.
  struct Program {
    Person person;
    community::TokenRow token;
  };
  [[nodiscard]] proto::Result<std::optional<Program>> person_of_token(std::string_view text);
  /// Somebody whom a proxy has signed in, by their handle.
  [[nodiscard]] proto::Result<std::optional<Person>> person_named(const std::string& handle);

  /// Checks a password within the limits. Errors: kWebSignInWrong, kWebSignInPaced, kNodeBusy, those of the
  /// store. `device`: what the browser kept from an earlier sign-in.
  [[nodiscard]] http::Task<proto::Result<community::PersonRow>> check(std::string handle,
                                                                      std::string password,
                                                                      std::string address,
                                                                      std::string device);

  /// Begins a session: what the browser is to keep. Errors: those of the store.
  [[nodiscard]] http::Task<proto::Result<std::string>> begin(community::PersonRow person,
                                                             community::SignedInBy by, std::string address,
                                                             std::string agent);
  /// Ends the one of this cookie.
  [[nodiscard]] http::Task<proto::Status> end(std::string cookie);

 private:
  [[nodiscard]] Person to_person(const community::PersonRow& row) const;
  void touch(community::SessionRow session);
  [[nodiscard]] proto::Status may_try(const std::string& handle, const std::string& address,
                                      const std::string& device);
  void failed(const std::string& handle, const std::string& address, const std::string& device);

  Services& services_;
  Pace by_device_;   ///< of people whose browser has signed in before
  Pace by_pair_;     ///< of one name from one network
  Pace by_network_;  ///< of a network
  Pace by_name_;     ///< of one name, from browsers that have never signed in
  std::size_t checking_ = 0;
};

}  // namespace comity::web
