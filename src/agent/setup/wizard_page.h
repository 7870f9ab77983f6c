// The setup wizard: a single-page app whose files were built from web/setup and lie beside the
// program.
//   GET /setup/                 the page            GET /setup    redirects to it
//   GET /setup/{page}           the page again: it reads its own address
//   GET /setup/assets/{file}    scripts and styles; their names hold their hashes
#pragma once

#include <memory>

#include "http/router.h"
#include "http/static_files.h"

namespace b3iq::agent {

// What the page may load and do: its own files and this node's API, nothing inline, nobody's frame.
inline constexpr std::string_view kWizardContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'";

// Reads the files; null, with a line in the log, where they are missing: the node serves without.
std::shared_ptr<const http::StaticFiles> load_wizard(const std::string& folder);

// `files` null: the routes answer not_found and say what to do.
void add_wizard_page(http::Router& router, http::Public& level,
                     std::shared_ptr<const http::StaticFiles> files);

}  // namespace b3iq::agent
