// The token must be out of the address before anything else runs: this import stays first.
import "./app/hash_token";

import { KitProvider } from "@b3iq/shared/kit/provider.tsx";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Router } from "wouter";
import { App } from "./app/app";
import { hashToken } from "./app/hash_token";
import { queryClient } from "./app/queries";
import { SessionProvider } from "./app/session";

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <KitProvider>
        <QueryClientProvider client={queryClient}>
          <Router base="/setup">
            <SessionProvider token={hashToken}>
              <App />
            </SessionProvider>
          </Router>
        </QueryClientProvider>
      </KitProvider>
    </StrictMode>,
  );
}
