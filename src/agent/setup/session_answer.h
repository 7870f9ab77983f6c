// The answer that begins a session: the cookies go into Set-Cookie, the page's half into the body.
#pragma once

#include <string>

#include "agent/auth/accounts.h"
#include "agent/auth/session_cookie.h"
#include "http/message.h"
#include "json/json.h"

namespace b3iq::agent {

http::Response session_answer(const NewSession& session, const Accounts& accounts,
                              const CookieNames& cookies, const http::Request& request);

// The members id, name and role.
void write_user_name(json::Writer& w, const User& user);

// Takes a password out of a text, which is wiped.
crypto::Secret take_secret(std::string& text);

}  // namespace b3iq::agent
