// Generated from api/local.json by `npm run types`. Do not edit.

export interface paths {
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What this is, in words; a sign of life for tools made for Ollama */
        get: operations["getRoot"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Liveness and runtimes */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Prometheus metrics, text format 0.0.4 */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The models that the caller may use */
        get: operations["listModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/chat/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A chat completion, as JSON or server-sent events */
        post: operations["createChatCompletion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/receipts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Signed receipts, newest first; a key sees its own */
        get: operations["listReceipts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/receipts/submit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Hand receipts to the control plane, where anybody can read them
         * @description At most 100 at once: those that are named, or the oldest since the enrollment that were not handed over. conflict while the node is enrolled nowhere.
         */
        post: operations["submitReceipts"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/receipts/submissions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What became of submitted receipts, the newest receipts first */
        get: operations["listReceiptSubmissions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The setup wizard: one page for every address under /setup/ */
        get: operations["getWizard"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/{page}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same page: it reads its own address */
        get: operations["getWizardPage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/assets/{file}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The page's scripts and styles; their names hold their hashes */
        get: operations["getWizardAsset"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Redirects to /setup/ */
        get: operations["redirectToWizard"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the node is doing */
        get: operations["getStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All keys, without secrets */
        get: operations["listKeys"];
        put?: never;
        /** Make a key; its secret is in this answer only */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/keys/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** End a key now */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Requests and tokens over time */
        get: operations["getUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/requests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The last calls and refusals, newest first; no content */
        get: operations["listRequests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/requests/{request}/content": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was asked and answered, while the owner has content kept */
        get: operations["getRequestContent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/request-log": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How many requests are kept, and whether their content is */
        get: operations["getRequestLog"];
        put?: never;
        /**
         * Turns the keeping of content on or off
         * @description Content is kept in memory only, wiped when it is turned off, when the time is over and at the end of the process; off after a restart.
         */
        post: operations["setRequestLog"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What changes, as it changes
         * @description Ends when the session ends or its user's role changes, and when the node stops. Connect again then.
         */
        get: operations["streamEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/ownership": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the node has an owner */
        get: operations["getOwnership"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/setup-session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Swaps a setup token or an invitation for a session that can only use it */
        post: operations["createSetupSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Begins a user's session */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/owner": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The one claim */
        post: operations["claimOwner"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/owner/recovery": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A new password for the owner by a setup token */
        post: operations["recoverOwner"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/invitation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The invited user's password */
        post: operations["acceptInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/owner/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A new password for the caller, whatever the role */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ends the caller's session */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's sessions; for the owner, everybody's */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's session */
        get: operations["getSession"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/sessions/{session}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends a session: the caller's own; for the owner, any */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everybody who may log in or is invited */
        get: operations["listUsers"];
        put?: never;
        /** Invites a further user */
        post: operations["inviteUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/users/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Removes a user; the owner cannot be removed */
        delete: operations["removeUser"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/users/{user}/role": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Another role, at once; the owner's cannot change */
        post: operations["setUserRole"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/users/{user}/invitation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A new invitation in place of an older one; for an active user, a way to a new password */
        post: operations["renewInvitation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/support-grants": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** All grants, without secrets */
        get: operations["listSupportGrants"];
        put?: never;
        /** Makes a grant; its secret is shown once */
        post: operations["createSupportGrant"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/support-grants/{grant}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends a grant */
        delete: operations["revokeSupportGrant"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/diagnostics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What somebody who helps may see */
        get: operations["getDiagnostics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/support-bundle/parts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a support bundle holds */
        get: operations["listSupportBundleParts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/support-bundle": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Makes a support bundle; 409 while another is made */
        post: operations["createSupportBundle"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/enrollment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How this node and its control plane stand to each other */
        get: operations["getEnrollment"];
        put?: never;
        /** Enroll the node with a control plane */
        post: operations["enrollNode"];
        /** Leave the control plane: the node is local again */
        delete: operations["unenrollNode"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Security acts, newest first */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/audit/verification": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Recomputes the hash chain */
        get: operations["verifyAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/inventory": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the machine has */
        get: operations["getInventory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/runtimes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The configured runtimes */
        get: operations["listRuntimes"];
        put?: never;
        /** Add a server as a runtime: in config.json and at work at once */
        post: operations["addRuntime"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/runtimes/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask a server what it is, with limits; nothing is kept */
        post: operations["testRuntime"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/runtimes/{runtime}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Take a runtime away: from config.json and from work at once; `conflict` while calls run or wait on it */
        delete: operations["removeRuntime"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/runtimes/probe": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What else runs on this machine */
        post: operations["probeRuntimes"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The calls that run now */
        get: operations["listLiveCalls"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/live/{call}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Stop a call that waits or runs, whoever made it */
        delete: operations["stopLiveCall"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/model-posture": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What the owner allows a model to be used for beyond this node */
        post: operations["setModelPosture"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every model name */
        get: operations["listOwnerModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Anthropic's message, as JSON or server-sent events */
        post: operations["createMessage"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/messages/count_tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Not built: answers 501. Tokens are counted only by answering */
        post: operations["countMessageTokens"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/chat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ollama's chat, as lines of JSON or one object */
        post: operations["ollamaChat"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/generate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ollama's generate: a chat of one message */
        post: operations["ollamaGenerate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/embed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Vectors of texts, as Ollama tells them */
        post: operations["ollamaEmbed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/embeddings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The vector of one text: Ollama's older route */
        post: operations["ollamaEmbeddings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/tags": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The models that the caller may use, as Ollama lists them */
        get: operations["ollamaTags"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/ps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Those of them that a runtime says it has in memory */
        get: operations["ollamaPs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/show": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What is known of a model */
        post: operations["ollamaShow"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The version of Ollama's API that is spoken here */
        get: operations["ollamaVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/models/{model*}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One model; the rest of the path is its name, which may hold '/' and ':' */
        get: operations["retrieveModel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/model-profiles": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What each model of the node is ready for */
        get: operations["listModelProfiles"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/embeddings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Vectors of texts */
        post: operations["createEmbedding"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/completions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** One prompt gone on with, without a chat template (legacy) */
        post: operations["createCompletion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/responses": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A response without memory: OpenAI's responses, stateless */
        post: operations["createResponse"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/catalogue": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Models that can be installed, and whether they fit this machine */
        get: operations["listCatalogue"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/installed-models": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Models in this node's folder: disk use, memory, state */
        get: operations["listInstalledModels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/installed-models/{model*}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Removes a model and its file; refused while calls run on it */
        delete: operations["removeInstalledModel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/models/load": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Loads an installed model now; answers when it is ready */
        post: operations["loadModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/models/unload": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Takes an installed model out of memory; refused while calls run on it */
        post: operations["unloadModel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/benchmarks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Measurements of models on this machine, newest first, at most 200 */
        get: operations["listBenchmarks"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/model-jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Installs, pulls and benchmarks, newest first */
        get: operations["listModelJobs"];
        put?: never;
        /** Begins an install, a pull or a benchmark */
        post: operations["createModelJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/model-jobs/{job}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One job */
        get: operations["getModelJob"];
        put?: never;
        post?: never;
        /** Removes an ended job, with what an unfinished one left */
        delete: operations["removeModelJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/model-jobs/{job}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops a job; what it has stays */
        post: operations["cancelModelJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/model-jobs/{job}/resume": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Goes on with a failed or cancelled job, from where it stopped */
        post: operations["resumeModelJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Every setting: value, default, where it comes from, bounds */
        get: operations["listSettings"];
        put?: never;
        /**
         * Changes config.json, all or nothing
         * @description Checked as the start of the node checks them. Most work after a restart. A refused setting is named in error.param.
         */
        post: operations["changeSettings"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/restart": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ends running calls as SIGTERM does, then starts the node again
         * @description conflict, and nothing is stopped, when the node would not start with config.json as it is.
         */
        post: operations["restartNode"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/backups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The backups in the node's own folder, newest first
         * @description With the one that is being made, and with those that failed or were cancelled since the node started, until they are removed.
         */
        get: operations["listBackups"];
        put?: never;
        /**
         * Begins a backup, also while the node serves
         * @description conflict while another one is being made. One that the node's stop cuts off is made anew at the next start, from the beginning.
         */
        post: operations["createBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/backups/{backup}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One backup */
        get: operations["getBackup"];
        put?: never;
        post?: never;
        /**
         * Removes a backup, or the note of one that failed or was cancelled
         * @description conflict for one that is being made: cancel it first.
         */
        delete: operations["removeBackup"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/backups/{backup}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stops the making of a backup; nothing of it stays */
        post: operations["cancelBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/backups/{backup}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * The backup as a tar archive
         * @description conflict for one that is not done.
         */
        post: operations["getBackupArchive"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/backups/{backup}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Brings settings, keys, users and models back, by a restart
         * @description Receipts, usage and the audit log are never rolled back. conflict for one that is not done, and for a backup of another node: b3iq-host restore makes a node of it elsewhere.
         */
        post: operations["restoreBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/setup/v1/update-check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What the last check found */
        get: operations["getUpdateCheck"];
        put?: never;
        /** Asks the release server now; installs nothing */
        post: operations["checkForUpdate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Problem: {
            status: number;
            title: string;
            detail: string;
            code: string;
            /** @description The member or setting at fault, where there is one */
            param?: string;
        };
        OpenAiError: {
            error: {
                message: string;
                type: string;
                param: string | null;
                code: string;
                b3iq: components["schemas"]["Problem"];
            };
        };
        NativeError: {
            error: components["schemas"]["Problem"] & {
                /** @description The request id */
                instance?: string;
            };
        };
        Health: {
            /** @enum {unknown} */
            status: "ok" | "draining";
            version: string;
            node_id: string;
            runtimes: {
                kind?: string;
                /** @enum {unknown} */
                state?: "ready" | "loading" | "unreachable";
            }[];
        };
        ModelList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["Model"][];
        };
        /** @description OpenAI's body. Members that would change the answer and that the model's runtime cannot honour are refused with unsupported_parameter; n > 1 is refused. */
        ChatRequest: {
            model: string;
            messages: Record<string, never>[];
            stream?: boolean;
        } & {
            [key: string]: unknown;
        };
        B3iq: {
            /** @description A name without meaning, `rt_` and 16 characters; the same after a restart */
            runtime_id?: string;
            runtime_kind?: string;
            latency_ms?: number;
            ttft_ms?: number;
            receipt_hash?: string;
            receipt_salt?: string;
        };
        ChatCompletion: {
            id: string;
            /** @constant */
            object: "chat.completion";
            created: number;
            model: string;
            choices: Record<string, never>[];
            usage: Record<string, never>;
            b3iq: components["schemas"]["B3iq"];
        };
        /** @description b3iq-receipt-v1, docs/protocol/receipts.md */
        Receipt: Record<string, never>;
        ReceiptList: {
            /** @constant */
            object: "list";
            data: {
                seq: number;
                receipt_hash: string;
                account: string;
                receipt: components["schemas"]["Receipt"];
            }[];
            has_more: boolean;
            next_before: number | null;
        };
        /** @description What a control plane answered to a receipt. Of a refusal: code and detail; else status and log_index */
        ReceiptSubmission: {
            seq: number;
            receipt_hash: string;
            control_plane_id: string;
            /** @enum {unknown} */
            outcome: "accepted" | "already_there" | "refused";
            /** @description evidence_only: no job of the control plane stands behind it; accepted: one does */
            status?: string;
            /** @description Its place in the receipt log */
            log_index?: number;
            code?: string;
            detail?: string;
            /** Format: date-time */
            submitted_at: string;
        };
        /** @description One of the two */
        ReceiptSubmissionOrder: {
            receipt_hashes?: string[];
            /** @constant */
            all?: true;
        };
        ReceiptSubmissionReport: {
            /** @constant */
            object: "list";
            data: components["schemas"]["ReceiptSubmission"][];
            has_more: boolean;
        };
        ReceiptSubmissionList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["ReceiptSubmission"][];
            has_more: boolean;
            next_before: number | null;
        };
        Status: {
            /** @enum {unknown} */
            status: "serving" | "stopped";
            version: string;
            node_id: string;
            /** @description base64url; checks this node's receipts */
            public_key_ed25519: string;
            home: string;
            url?: string;
            /** @enum {unknown} */
            mode: "local" | "managed";
            /** Format: date-time */
            started_at?: string;
            runtimes: {
                id: string;
                reference: string;
                kind: string;
                /** @enum {unknown} */
                state: "ready" | "loading" | "unreachable" | "not_running";
                detail: string;
                load_progress?: number;
                /**
                 * @description open: left out after failures
                 * @enum {unknown}
                 */
                breaker?: "open" | "closed";
                /** @description Of an open one: until a call tries it again */
                retry_ms?: number;
            }[];
            models: {
                id: string;
                /** @description empty: no alias */
                alias_of: string;
                /**
                 * @description of the runtime that is asked first
                 * @enum {unknown}
                 */
                runtime_kind: "embedded" | "ollama" | "openai" | "vllm" | "sglang";
            }[];
            receipts_since_start?: number;
            /**
             * Format: date-time
             * @description While the owner has the content of requests kept: until when
             */
            request_content_until: string | null;
        };
        InventorySnapshot: {
            /** @constant */
            version: 1;
            /** Format: date-time */
            taken_at: string;
            age_ms: number;
            /** @description how long the reading took */
            probe_ms: number;
            /** @description sha256:…, over what does not change by itself */
            content_hash: string;
            inventory: components["schemas"]["Inventory"];
        };
        /** @description docs/operating/inventory.md. null: not known, never zero; `unknown` says why */
        Inventory: {
            os: {
                name: string | null;
                /** @description debian */
                id: string | null;
                version: string | null;
                kernel: string | null;
                /** @description x86_64 */
                architecture: string | null;
                /** @description none: the machine says that it is real */
                virtual_machine: string | null;
                /** @description none: nothing says so */
                container: string | null;
            };
            cpu: {
                model: string | null;
                vendor: string | null;
                /** @description the instruction sets that llama.cpp has code for */
                features: string[] | null;
                /** @description online */
                logical_cpus: number | null;
                /** @description by the node's affinity */
                allowed_cpus: number | null;
                /** @description of the control group; null also where there is none */
                quota_millicpus: number | null;
                /** @description what the quota leaves of allowed_cpus, at least 1 */
                usable_cpus: number | null;
            };
            topology: {
                packages: number | null;
                numa_nodes: number | null;
                physical_cores: number | null;
                caches: {
                    level: number | null;
                    /** @enum {unknown} */
                    kind: "data" | "instruction" | "unified" | null;
                    /** @description of one */
                    size_bytes: number | null;
                    instances: number | null;
                }[] | null;
            };
            memory: {
                total_bytes: number | null;
                available_bytes: number | null;
                /** @description of the control group; null also where there is none */
                limit_bytes: number | null;
                /** @description what the control group holds, caches included */
                limit_used_bytes: number | null;
                swap_total_bytes: number | null;
                swap_free_bytes: number | null;
            };
            /** @description null: not known whether there is one; empty: there is none */
            gpus: components["schemas"]["Gpu"][] | null;
            /** @description false: there may be more than `gpus` lists */
            gpus_complete: boolean;
            disks: components["schemas"]["Disk"][] | null;
            unknown: {
                /** @description path of the member that is null: gpus[1].temperature_c */
                field: string;
                reason: string;
            }[];
            /** @description what a person should know, in words */
            notes: {
                /** @enum {unknown} */
                code: "nvidia_library_missing" | "nvidia_driver_mismatch" | "nvidia_driver_failed" | "gpu_lost" | "gpu_gone" | "gpu_mig" | "gpu_without_driver" | "gpu_virtual" | "value_impossible" | "probe_failed" | "disk_missing";
                text: string;
            }[];
        };
        Gpu: {
            /** @description 0000:01:00.0, lower case */
            pci_address: string | null;
            /** @description 10de:2330 */
            pci_id: string | null;
            vendor: string | null;
            name: string | null;
            /** @description nvidia, amdgpu, i915, … */
            driver: string | null;
            /** @description null for a driver that is part of the kernel */
            driver_version: string | null;
            memory_total_bytes: number | null;
            memory_used_bytes: number | null;
            /** @description true: the memory is the machine's own, or borrows from it */
            memory_shared: boolean | null;
            /** @description what it may borrow */
            shared_total_bytes: number | null;
            /** @description CUDA: 9.0 */
            compute_capability: string | null;
            /** @description the GPU is cut into slices */
            mig: boolean | null;
            /** @description no use for models */
            display_only: boolean | null;
            /** @description of the last sample */
            utilization_percent: number | null;
            temperature_c: number | null;
            power_milliwatts: number | null;
        };
        Disk: {
            /**
             * @description what the node keeps there
             * @enum {unknown}
             */
            role: "home" | "models";
            path: string;
            mount_point: string | null;
            /** @description ext4 */
            type: string | null;
            total_bytes: number | null;
            /** @description for the node's user */
            free_bytes: number | null;
            read_only: boolean | null;
        };
        KeySpec: {
            name: string;
            /** @description Keys of one user share one allowance; empty: the key stands alone */
            user?: string;
            scopes?: ("chat" | "models" | "receipts" | "metrics")[];
            /** @description Allowed models; empty: all */
            models?: string[];
            requests_per_minute?: number;
            tokens_per_minute?: number;
            budget_tokens?: number;
            budget_requests?: number;
            /** @enum {unknown} */
            budget_period?: "total" | "day" | "month";
            /** @description 90d, 12h, 30m or a UTC time */
            expires?: string;
        };
        Key: {
            /** @description key_ and a ULID */
            id: string;
            name: string;
            /** @description Keys of one user share one allowance; empty: the key stands alone */
            user: string;
            /** @enum {unknown} */
            status: "active" | "expired" | "revoked";
            scopes: ("chat" | "models" | "receipts" | "metrics")[];
            /** @description Allowed models; empty: all */
            models: string[];
            /** Format: date-time */
            created_at: string | null;
            /** Format: date-time */
            expires_at: string | null;
            /** Format: date-time */
            revoked_at: string | null;
            /** Format: date-time */
            last_used_at: string | null;
            requests_per_minute: number;
            tokens_per_minute: number;
            budget_tokens: number;
            budget_requests: number;
            /** @enum {unknown} */
            budget_period: "total" | "day" | "month";
        };
        CreatedKey: components["schemas"]["Key"] & {
            secret: string;
        };
        KeyList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["Key"][];
        };
        UsageList: {
            /** @constant */
            object: "list";
            /**
             * Format: date
             * @description First day that was asked for
             */
            from: string;
            /** Format: date */
            to: string;
            /** @description There were more rows than one answer holds: the oldest are missing */
            truncated: boolean;
            data: components["schemas"]["UsageRow"][];
        };
        UsageRow: {
            /** @description The id of a key or a user, or `operator` */
            account: string;
            /** @description The key's or user's name, also of a revoked key; the id where there is none */
            account_name: string;
            /** @description The user that the key was made for; empty for none */
            user: string;
            /** Format: date */
            day: string;
            model: string;
            requests: number;
            prompt_tokens: number;
            completion_tokens: number;
        };
        UsageGroup: {
            /** Format: date */
            day: string;
            /** @description The account, user or model; empty for keys without a user */
            group: string;
            /** @description As it is shown */
            name: string;
            requests: number;
            prompt_tokens: number;
            completion_tokens: number;
        };
        UsageGroupList: {
            /** @constant */
            object: "list";
            /**
             * Format: date
             * @description First day that was asked for
             */
            from: string;
            /** Format: date */
            to: string;
            /** @description There were more rows than one answer holds: the oldest are missing */
            truncated: boolean;
            /** @enum {unknown} */
            by: "account" | "user" | "model";
            data: components["schemas"]["UsageGroup"][];
        };
        LoggedRequest: {
            /** @description ULID; that of the call where there was one */
            id: string;
            /** @description X-Request-Id of the answer, as the log lines have it */
            request_id: string;
            /**
             * Format: date-time
             * @description When it began
             */
            at: string;
            /** @description The route: chat.completions, completions, responses, messages, embeddings, api.chat, api.generate, api.embed, api.embeddings; private_inference: a private job */
            operation: string;
            /** @description Empty where no key was known */
            account: string;
            account_name: string;
            user: string;
            /** @description The model's own name; empty where the caller asked for none that this node has (what a caller typed is content) */
            model: string;
            runtime_kind: string | null;
            stream: boolean;
            /** @description HTTP */
            status: number;
            /** @enum {unknown} */
            outcome: "ok" | "error" | "cancelled";
            error_code: string | null;
            prompt_tokens: number;
            completion_tokens: number;
            /** @description null: it got no place at a runtime */
            queued_ms: number | null;
            first_token_ms: number | null;
            duration_ms: number;
            finish_reason: string | null;
            receipt_hash: string | null;
            has_content: boolean;
            /** @description How many like it this entry stands for: refusals of one account with one code follow each other in one entry, with the figures of the last */
            count: number;
            /**
             * Format: date-time
             * @description When the last of them ended
             */
            last_at: string;
        };
        LoggedRequestList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["LoggedRequest"][];
            has_more: boolean;
            next_before: string | null;
        };
        RequestContent: {
            /** @constant */
            object: "request_content";
            id: string;
            /** @description The body as it was sent: JSON, unless it was cut */
            request: string;
            /** @description The answer's text */
            answer: string;
            /** @description The request or the answer was too long and was cut */
            truncated: boolean;
        };
        RequestLog: {
            /** @constant */
            object: "request_log";
            /** @description Entries that are kept */
            kept: number;
            /** @description request_log.entries of the settings; 0: none are kept */
            max_kept: number;
            content: {
                on: boolean;
                /** Format: date-time */
                until: string | null;
                /** @description Requests whose content is kept */
                kept: number;
                bytes: number;
                max_bytes: number;
            };
        };
        RemovedEvent: {
            id: string;
        };
        /** @description At most once a second, while it changes */
        LiveEvent: {
            data: components["schemas"]["LiveCall"][];
        };
        StatusEvent: {
            runtimes: {
                id: string;
                /** @enum {unknown} */
                state: "ready" | "loading" | "unreachable";
                /** @description Of one that is loading: 0 to 1 */
                load_progress?: number;
            }[];
            /** @description Ask again for the models */
            models_changed: boolean;
        };
        Session: {
            /** @constant */
            object: "session";
            id: string;
            /**
             * @description setup: can only claim or recover; invitation: can only set the user's password
             * @enum {unknown}
             */
            kind: "setup" | "invitation" | "user";
            /** @description Shown once: the page keeps it and sends it as X-B3IQ-Session */
            page_token: string;
            claimed: boolean;
            /** @description null for kind setup */
            user: components["schemas"]["UserName"] | null;
        };
        SessionRow: {
            id: string;
            user: components["schemas"]["UserName"];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_seen_at: string;
            /**
             * Format: date-time
             * @description If it is not used again before
             */
            expires_at: string;
            /** @description The caller's */
            current: boolean;
        };
        CurrentSession: {
            /** @constant */
            object: "session";
            id: string;
            /** @constant */
            kind: "user";
            user: components["schemas"]["UserName"];
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_seen_at: string;
            /**
             * Format: date-time
             * @description If it is not used again before
             */
            expires_at: string;
        };
        /** @enum {unknown} */
        Role: "owner" | "operator" | "viewer";
        UserName: {
            /** @description user_ and a ULID */
            id: string;
            name: string;
            role: components["schemas"]["Role"];
        };
        User: {
            /** @description user_ and a ULID */
            id: string;
            /** @description 1 to 64 printable characters */
            name: string;
            role: components["schemas"]["Role"];
            /**
             * @description invited: has no password yet
             * @enum {unknown}
             */
            status: "active" | "invited";
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            last_seen_at: string | null;
            /**
             * Format: date-time
             * @description null: no invitation is open. An active user's is a way to a new password
             */
            invitation_expires_at: string | null;
        };
        Invited: {
            user: components["schemas"]["User"];
            /** @description b3iq_invite_…, in this answer only; works once, for 24 hours */
            invitation: string;
            /** @description The address for the user: the invitation stands behind #, which browsers send to nobody */
            url: string;
        };
        SupportGrant: {
            id: string;
            note: string;
            /** @enum {unknown} */
            status: "active" | "expired" | "revoked";
            /** Format: date-time */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            /** Format: date-time */
            revoked_at: string | null;
        };
        AuditEntry: {
            seq: number;
            /** Format: date-time */
            at: string;
            at_ms: number;
            actor: string;
            act: string;
            subject: string;
            previous_hash: string;
            hash: string;
        };
        Diagnostics: {
            /** @constant */
            type: "b3iq-diagnostics-v1";
            /** Format: date-time */
            at: string;
            version: string;
            node_id: string;
            uptime_seconds: number;
            claimed: boolean;
            runtimes: {
                kind: string;
                /** @enum {unknown} */
                state: "ready" | "loading" | "unreachable";
            }[];
            models: number;
            keys: number;
            active_keys: number;
            receipts_since_start: number;
        };
        BundlePart: {
            name: string;
            about: string;
        };
        Enrollment: {
            /** @constant */
            object: "enrollment";
            /** @enum {unknown} */
            mode: "local" | "managed";
            /** @enum {unknown} */
            state: "not_enrolled" | "not_usable" | "stopped" | "connecting" | "connected" | "unreachable" | "suspended" | "removed" | "superseded";
            detail: string;
            control_plane: {
                url: string;
                id: string;
                public_key_ed25519: string;
            } | null;
            /** Format: date-time */
            enrolled_at: string | null;
            /**
             * Format: date-time
             * @description The last one that was accepted, since the node's start
             */
            last_heartbeat_at: string | null;
            /** @description Of the last heartbeat, when it failed */
            error: components["schemas"]["LinkError"] | null;
            notices: ("other_start_superseded" | "transport_key_expires" | "agent_version_unsupported")[];
            /** @description The control plane's clock less this machine's */
            clock_offset_ms: number;
            transport_key: {
                /**
                 * Format: date-time
                 * @description When the binding of the node's transport key ends; it is renewed long before
                 */
                bound_until: string | null;
                /** @description Why it could not be renewed, the last time; it is tried again */
                error: components["schemas"]["LinkError"] | null;
            } | null;
            commands: {
                allowed: string[];
                /** @description Commands and results that are not delivered */
                pending: number;
                running: {
                    id: string;
                    kind: string;
                    /** @enum {unknown} */
                    phase: "waiting" | "preparing" | "downloading" | "verifying" | "running";
                    done: number;
                    /** @description 0: not known */
                    total: number;
                }[];
            };
            blockers: components["schemas"]["ReadinessBlocker"][];
            models: {
                id: string;
                blockers: components["schemas"]["ReadinessBlocker"][];
            }[];
        };
        Runtime: {
            id: string;
            reference: string;
            kind: string;
            /** @enum {unknown} */
            state: "ready" | "loading" | "unreachable";
            detail: string;
            version: string | null;
            /** @description As the runtime tells it; null: unknown */
            running: number | null;
            /** @description As the runtime tells it; null: unknown */
            waiting: number | null;
            calls_running: number;
            calls_waiting: number;
            oldest_wait_ms: number;
            /** @enum {unknown} */
            breaker: "open" | "closed";
            models: string[];
            /**
             * @description config: an entry of `runtimes` in config.json
             * @enum {unknown}
             */
            source: "built_in" | "config";
            /** @description null: no server, the node runs it */
            base_url: string | null;
            /** @description Whether DELETE takes it */
            removable: boolean;
        };
        RuntimeSpec: {
            id: string;
            /** @enum {unknown} */
            kind: "ollama" | "vllm" | "sglang" | "openai";
            base_url: string;
            /** @description Kept in a file of its own, never shown again */
            api_key?: string;
            /** @description Calls that the node sends it at once; 0: no limit */
            max_concurrent?: number;
            /**
             * @description Of the kind openai: which server it is
             * @enum {unknown}
             */
            profile?: "lmstudio" | "llama-server";
        };
        RuntimeTestRequest: {
            /** @enum {unknown} */
            kind: "ollama" | "vllm" | "sglang" | "openai";
            base_url: string;
            /** @description Used for the test, kept nowhere */
            api_key?: string;
            /**
             * @description Of the kind openai: which server it is
             * @enum {unknown}
             */
            profile?: "lmstudio" | "llama-server";
        };
        RuntimeTest: {
            /** @constant */
            object: "runtime_test";
            /** @description Something answered at the address */
            reachable: boolean;
            /** @description null: it does not tell */
            version: string | null;
            models: string[];
            /** @description Why it cannot be used as a runtime, and the fix; null: it can */
            error: {
                code: string;
                detail: string;
            } | null;
        };
        FoundRuntime: {
            kind: string;
            profile: string | null;
            base_url: string;
            version: string | null;
            models: string[];
        };
        LiveCall: {
            id: string;
            account: string;
            model: string;
            runtime: string;
            stream: boolean;
            /** @enum {unknown} */
            state: "waiting" | "prompt" | "generating";
            age_ms: number;
            tokens: number;
            tokens_per_second: number | null;
        };
        OwnerModel: {
            id: string;
            alias_of: string;
            runtimes: string[];
            context_tokens: number | null;
            size_bytes: number | null;
            loaded: boolean | null;
            capabilities: string[];
        };
        AnthropicError: {
            /** @constant */
            type: "error";
            error: {
                type: string;
                message: string;
            };
            request_id?: string;
            b3iq: components["schemas"]["Problem"];
        };
        /** @description Anthropic's body; what is refused stands in docs/operating/other-apis.md */
        MessageRequest: {
            model: string;
            max_tokens: number;
            messages: {
                /** @enum {unknown} */
                role: "user" | "assistant" | "system";
                content: string | Record<string, never>[];
            }[];
            system?: string | Record<string, never>[] | null;
            stop_sequences?: string[] | null;
            temperature?: number | null;
            top_p?: number | null;
            top_k?: number | null;
            stream?: boolean | null;
            tools?: Record<string, never>[] | null;
            tool_choice?: Record<string, never> | null;
            thinking?: Record<string, never> | null;
            output_config?: Record<string, never> | null;
            metadata?: Record<string, never> | null;
            service_tier?: string | null;
            cache_control?: Record<string, never> | null;
            b3iq?: Record<string, never> | null;
        };
        Message: {
            id: string;
            /** @constant */
            type: "message";
            /** @constant */
            role: "assistant";
            model: string;
            content: {
                /** @enum {unknown} */
                type: "text" | "thinking" | "tool_use";
            }[];
            /** @enum {unknown} */
            stop_reason: "end_turn" | "max_tokens" | "tool_use" | "refusal";
            stop_sequence: null;
            usage: {
                input_tokens?: number;
                cache_creation_input_tokens?: number;
                cache_read_input_tokens?: number;
                output_tokens?: number;
            };
            b3iq?: components["schemas"]["B3iq"];
        };
        OllamaError: {
            error: string;
            b3iq: components["schemas"]["Problem"];
        };
        /** @description Ollama's body; what is refused stands in docs/operating/other-apis.md */
        OllamaChatRequest: {
            model: string;
            /** @default true */
            stream: boolean | null;
            /** @description "json" or a JSON Schema */
            format?: string | Record<string, never> | null;
            options?: Record<string, never> | null;
            keep_alive?: string | number | null;
            think?: boolean | null;
            messages: Record<string, never>[];
            tools?: Record<string, never>[] | null;
        };
        /** @description Ollama's body; what is refused stands in docs/operating/other-apis.md */
        OllamaGenerateRequest: {
            model: string;
            /** @default true */
            stream: boolean | null;
            /** @description "json" or a JSON Schema */
            format?: string | Record<string, never> | null;
            options?: Record<string, never> | null;
            keep_alive?: string | number | null;
            think?: boolean | null;
            prompt?: string | null;
            system?: string | null;
            images?: string[] | null;
        };
        OllamaChatAnswer: {
            model: string;
            created_at: string;
            done: boolean;
            /** @enum {unknown} */
            done_reason?: "stop" | "length" | "content_filter";
            total_duration?: number;
            prompt_eval_duration?: number;
            eval_duration?: number;
            prompt_eval_count?: number;
            eval_count?: number;
            b3iq?: components["schemas"]["B3iq"];
            message: {
                /** @constant */
                role: "assistant";
                content: string;
                thinking?: string;
                tool_calls?: Record<string, never>[];
            };
        };
        OllamaGenerateAnswer: {
            model: string;
            created_at: string;
            done: boolean;
            /** @enum {unknown} */
            done_reason?: "stop" | "length" | "content_filter";
            total_duration?: number;
            prompt_eval_duration?: number;
            eval_duration?: number;
            prompt_eval_count?: number;
            eval_count?: number;
            b3iq?: components["schemas"]["B3iq"];
            response: string;
            thinking?: string;
        };
        OllamaEmbedRequest: {
            model: string;
            input: string | string[];
            /** @description 0: the model's own */
            dimensions?: number | null;
            /**
             * @description A text that does not fit is refused, never cut
             * @enum {unknown}
             */
            truncate?: false | null;
            /** @description No option changes a vector */
            options?: Record<string, never> | null;
            /** @description No effect */
            keep_alive?: string | number | null;
        };
        OllamaEmbedAnswer: {
            model: string;
            embeddings: number[][];
            total_duration: number;
            prompt_eval_count: number;
            b3iq: components["schemas"]["B3iq"];
        };
        OllamaEmbeddingsRequest: {
            model: string;
            prompt: string;
            /** @description No option changes a vector */
            options?: Record<string, never> | null;
            /** @description No effect */
            keep_alive?: string | number | null;
        };
        OllamaEmbeddingsAnswer: {
            embedding: number[];
            b3iq: components["schemas"]["B3iq"];
        };
        OllamaModelList: {
            models: {
                name: string;
                model: string;
                modified_at?: string;
                size?: number;
                details: Record<string, never>;
            }[];
        };
        OllamaModel: {
            modified_at?: string;
            details: Record<string, never>;
            model_info: Record<string, never>;
            capabilities: ("completion" | "tools" | "vision" | "embedding")[];
        };
        OllamaVersion: {
            /** @description Of the API that is spoken here */
            version: string;
            b3iq?: {
                /** @description Of this program */
                version?: string;
            };
        };
        Model: {
            id: string;
            /** @constant */
            object: "model";
            created: number;
            /** @constant */
            owned_by: "b3iq";
        };
        ModelProfile: {
            id: string;
            /** @constant */
            object: "model_profile";
            /** @enum {unknown} */
            status: "installed" | "ready_to_install" | "runtime_missing" | "hardware_unsupported";
            runtime_kind: string;
            /** @enum {unknown} */
            route_tier: "unknown" | "local_convenience" | "portable_local" | "network_beta" | "datacenter_optimized" | "fleet_orchestrated";
            /** @description The owner allows serving it to the network */
            network_eligible: boolean;
            benchmark_verified: boolean;
            /** @description The owner allows paid calls of it, once every gate is open */
            paid_route_eligible: boolean;
            /** @enum {unknown} */
            queue_health: "unknown" | "healthy" | "busy" | "blocked" | "unhealthy";
            /** @description null: unknown */
            context_tokens: number | null;
            serves: ("chat" | "embeddings")[];
            /** @description The gates that keep the model from paid work of the network */
            blockers: {
                /** @enum {unknown} */
                gate: "fresh_heartbeat" | "public_route_ready" | "protocol_ready" | "runtime_ready" | "policy_ready";
                detail: string;
            }[];
        };
        ModelPosture: {
            model: string;
            network_eligible: boolean;
            paid_route_eligible: boolean;
        };
        ModelProfileList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["ModelProfile"][];
        };
        EmbeddingRequest: {
            model: string;
            /** @description A text, up to 2048 texts, token ids, or up to 2048 lists of token ids (where the model's runtime takes them) */
            input: string | string[] | number[] | number[][];
            /**
             * @default float
             * @enum {unknown}
             */
            encoding_format: "float" | "base64";
            dimensions?: number;
            user?: string;
        };
        EmbeddingList: {
            /** @constant */
            object: "list";
            data: {
                /** @constant */
                object: "embedding";
                index: number;
                /** @description Numbers, or with base64 the float32 vector, little-endian */
                embedding: number[] | string;
            }[];
            model: string;
            usage: {
                prompt_tokens: number;
                total_tokens: number;
            };
            b3iq: components["schemas"]["B3iq"];
        };
        CompletionRequest: {
            model: string;
            prompt: string | string[];
            /** @default 16 */
            max_tokens: number;
            temperature?: number;
            top_p?: number;
            top_k?: number;
            min_p?: number;
            repeat_penalty?: number;
            presence_penalty?: number;
            frequency_penalty?: number;
            logit_bias?: Record<string, never>;
            seed?: number;
            stop?: string | string[];
            stream?: boolean;
            stream_options?: Record<string, never>;
            /** @constant */
            n?: 1;
            /** @constant */
            best_of?: 1;
            /** @constant */
            echo?: false;
            suffix?: null;
            logprobs?: null;
            user?: string;
            b3iq?: Record<string, never>;
        };
        TextCompletion: {
            id: string;
            /** @constant */
            object: "text_completion";
            created: number;
            model: string;
            choices: {
                /** @constant */
                index: 0;
                text: string;
                logprobs?: null;
                finish_reason: string;
            }[];
            usage?: Record<string, never>;
            b3iq: components["schemas"]["B3iq"];
        };
        ResponseRequest: {
            model: string;
            /** @description A text, or items: message, function_call, function_call_output, reasoning (dropped) */
            input: string | Record<string, never>[];
            instructions?: string | null;
            max_output_tokens?: number | null;
            temperature?: number | null;
            top_p?: number | null;
            tools?: {
                /** @constant */
                type?: "function";
            }[] | null;
            tool_choice?: unknown;
            parallel_tool_calls?: boolean | null;
            text?: Record<string, never> | null;
            /** @description effort, where the model's runtime knows it */
            reasoning?: Record<string, never> | null;
            stream?: boolean | null;
            stream_options?: Record<string, never> | null;
            /**
             * @description Nothing is stored; absent counts as false
             * @enum {unknown}
             */
            store?: false | null;
            /** @enum {unknown} */
            background?: false | null;
            /** @enum {unknown} */
            truncation?: "disabled" | null;
            include?: unknown[] | null;
            /** @enum {unknown} */
            top_logprobs?: 0 | null;
            max_tool_calls?: number | null;
            previous_response_id?: null;
            conversation?: null;
            prompt?: null;
            metadata?: {
                [key: string]: string;
            } | null;
            user?: string | null;
            safety_identifier?: string | null;
            service_tier?: string | null;
            prompt_cache_key?: string | null;
            prompt_cache_retention?: string | null;
            prompt_cache_options?: Record<string, never> | null;
            b3iq?: Record<string, never>;
        };
        Response: {
            id: string;
            /** @constant */
            object: "response";
            created_at: number;
            /** @enum {unknown} */
            status: "completed" | "incomplete" | "failed" | "in_progress";
            error: Record<string, never> | null;
            incomplete_details: Record<string, never> | null;
            model: string;
            output: {
                id: string;
                /** @enum {unknown} */
                type: "message" | "function_call" | "reasoning";
            }[];
            /** @constant */
            store: false;
            usage: Record<string, never>;
            b3iq: components["schemas"]["B3iq"];
        };
        CatalogueModel: {
            id: string;
            name: string;
            family: string;
            /** @enum {unknown} */
            kind: "chat" | "code" | "vision" | "embedding";
            parameters: string;
            license: string;
            license_url: string;
            quantization: string;
            context_tokens: number | null;
            download_bytes: number;
            min_ram_bytes: number;
            min_vram_bytes: number;
            /**
             * @description not_now: it fits this machine, but not beside what uses its memory now
             * @enum {unknown}
             */
            status: "installed" | "ready_to_install" | "not_now" | "hardware_unsupported" | "unknown";
            files: {
                /** @enum {unknown} */
                role: "model" | "projector";
                name: string;
                url: string;
                size_bytes: number;
                sha256: string;
            }[];
        };
        InstalledModel: {
            id: string;
            /** @description text or embedding */
            kind: string;
            architecture: string;
            quantization: string;
            license: string;
            parameters: number | null;
            trained_context_tokens: number | null;
            /** @description of a call, known once the model was loaded */
            context_tokens: number | null;
            bytes: number;
            sha256: string;
            /** @description without the query of an address */
            source: string;
            installed_at: string;
            estimated_memory_bytes: number | null;
            /** @description as measured of its worker; null: never loaded */
            measured_memory_bytes: number | null;
            loaded: boolean;
            state: string;
            load_progress: number;
            calls: number;
        };
        ModelJob: {
            id: string;
            /** @enum {unknown} */
            kind: "install" | "pull" | "benchmark";
            /** @enum {unknown} */
            state: "queued" | "running" | "done" | "failed" | "cancelled";
            model: string;
            phase: string;
            note: string;
            done_bytes: number;
            total_bytes: number | null;
            error: {
                code: string;
                detail: string;
            } | null;
            result: Record<string, never> | null;
            created_at: string;
            updated_at: string;
        };
        /** @description Medians; null: could not be measured */
        ModelBenchmark: {
            model: string;
            runtime: string;
            runtime_kind: string;
            at: string;
            version: string;
            rounds: number;
            load_ms: number | null;
            first_token_ms: number | null;
            prompt_tokens: number;
            prompt_tokens_per_second: number | null;
            decode_tokens_per_second: number | null;
            parallel_calls: number;
            parallel_tokens_per_second: number | null;
            memory_bytes: number | null;
        };
        Setting: {
            name: string;
            /** @enum {unknown} */
            type: "boolean" | "integer" | "duration" | "size" | "text" | "choice" | "list" | "section";
            /** @description What is set: milliseconds for a duration, bytes for a size; null for a secret and for a section that is not set */
            value: boolean | number | string | unknown[] | Record<string, never> | null;
            /** @description The value as people write it, such as 30s or 8MiB; a secret that is set is (secret) */
            shown: string;
            /** @description In the form of value; null where there is none */
            default: boolean | number | string | unknown[] | Record<string, never> | null;
            /** @description It stands in config.json */
            configured: boolean;
            /** @enum {unknown} */
            source: "default" | "config" | "environment" | "flag";
            help: string;
            /** @description In the unit of value; for a text its bytes, for a list its elements */
            min: number | null;
            max: number | null;
            choices: string[];
            secret: boolean;
            editable: boolean;
            /** @description Why it is not editable here, in words */
            locked: string | null;
            /** @description What a wrong value does to this page, for settings that can lock the owner out of it */
            warning: string | null;
            /** @description It differs from what the running node works with: a restart makes it work */
            pending: boolean;
        };
        SettingList: {
            /** @constant */
            object: "list";
            restart_needed: boolean;
            data: components["schemas"]["Setting"][];
        };
        SettingChanges: {
            /** @description Name to its new value; null goes back to the default. Durations and sizes also as text: 30s, 8MiB. All or nothing */
            changes: {
                [key: string]: boolean | number | string | unknown[] | Record<string, never> | null;
            };
        };
        Restarting: {
            /** @constant */
            restarting: true;
            /** @description How long running calls may take before they are cut */
            drain_ms: number;
        };
        Backup: {
            id: string;
            /** @enum {unknown} */
            state: "making" | "done" | "failed" | "cancelled";
            /**
             * Format: date-time
             * @description When it was asked for; of one that is done, the moment that it holds
             */
            created_at: string;
            /** @description 0 until it is done */
            bytes: number;
            /** @description How much is copied */
            done_bytes: number;
            /** @description null while it waits */
            total_bytes: number | null;
            /** @description Why it failed, and what to do about it */
            error: {
                code: string;
                detail: string;
            } | null;
            node_id: string;
            /** @description Whoever has it is the node */
            has_identity: boolean;
        };
        BackupList: {
            /** @constant */
            object: "list";
            data: components["schemas"]["Backup"][];
        };
        UpdateCheck: {
            /** @constant */
            object: "update_check";
            /** @description The version that runs */
            current: string;
            /** @description updates.manifest_url and updates.release_key are set */
            configured: boolean;
            /** Format: date-time */
            checked_at: string | null;
            /** @description The version of the last manifest that was right */
            latest: string | null;
            /** @description Whether latest is newer than current */
            newer: boolean | null;
            notes_url: string | null;
            /** @description Why the last check gave nothing */
            error: {
                code: string;
                detail: string;
            } | null;
        };
        LinkError: {
            code: string;
            detail: string;
        };
        ReadinessBlocker: {
            code: string;
            /** @enum {unknown} */
            gate: "node" | "route" | "protocol" | "model" | "customer";
            message: string;
            next_action: string;
        };
        EnrollOrder: {
            control_plane_url: string;
            /** @description b3iq_enroll_…; works once */
            enrollment_token: string;
            /** @description Kinds of commands beside managed.allowed_commands */
            allow?: string[];
        };
        Departure: {
            /** @constant */
            object: "departure";
            /** @description The control plane knows */
            told: boolean;
            error: components["schemas"]["LinkError"] | null;
        };
    };
    responses: {
        /** @description An error in OpenAI's shape */
        OpenAiError: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["OpenAiError"];
            };
        };
        /** @description An error */
        NativeError: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["NativeError"];
            };
        };
        /** @description An error in Anthropic's shape */
        AnthropicError: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["AnthropicError"];
            };
        };
        /** @description An error in Ollama's shape */
        OllamaError: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["OllamaError"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getRoot: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Text */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The node takes requests */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            /** @description The node is draining */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Exposition */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    listModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OpenAI's list of models */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelList"];
                };
            };
            default: components["responses"]["OpenAiError"];
        };
    };
    createChatCompletion: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChatRequest"];
            };
        };
        responses: {
            /** @description The answer; with stream: true, events of chat.completion.chunk and [DONE]. The b3iq object is the last member of the answer, or of the last event before [DONE] */
            200: {
                headers: {
                    "x-ratelimit-limit-requests"?: string;
                    "x-ratelimit-remaining-requests"?: string;
                    "x-ratelimit-reset-requests"?: string;
                    "x-ratelimit-limit-tokens"?: string;
                    "x-ratelimit-remaining-tokens"?: string;
                    "x-ratelimit-reset-tokens"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ChatCompletion"];
                    "text/event-stream": string;
                };
            };
            /** @description A rate limit of the key; the limits stand on every other answer to such a key too */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    "retry-after-ms"?: number;
                    "x-ratelimit-limit-requests"?: string;
                    "x-ratelimit-remaining-requests"?: string;
                    "x-ratelimit-reset-requests"?: string;
                    "x-ratelimit-limit-tokens"?: string;
                    "x-ratelimit-remaining-tokens"?: string;
                    "x-ratelimit-reset-tokens"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenAiError"];
                };
            };
            default: components["responses"]["OpenAiError"];
        };
    };
    listReceipts: {
        parameters: {
            query?: {
                limit?: number;
                /** @description next_before of the page before */
                before?: number;
                receipt_hash?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of receipts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReceiptList"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    submitReceipts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReceiptSubmissionOrder"];
            };
        };
        responses: {
            /** @description What became of each */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReceiptSubmissionReport"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    listReceiptSubmissions: {
        parameters: {
            query?: {
                limit?: number;
                /** @description next_before of the page before */
                before?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of submissions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ReceiptSubmissionList"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    getWizard: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description HTML */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    getWizardPage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                page: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description HTML, or a file that lies beside the page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    getWizardAsset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                file: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/javascript": string;
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    redirectToWizard: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Moved to /setup/ */
            308: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["NativeError"];
        };
    };
    getStatus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description State */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Status"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    listKeys: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Keys */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyList"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeySpec"];
            };
        };
        responses: {
            /** @description The key */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CreatedKey"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    revokeKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id or name */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The revoked key */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Key"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    getUsage: {
        parameters: {
            query?: {
                /** @description First UTC day; 29 days before `to` when left out */
                from?: string;
                /** @description Last UTC day; today when left out. At most 366 days in all */
                to?: string;
                /** @description One row for each day and group */
                by?: "account" | "user" | "model";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Rows, oldest day first: UsageList without `by`, else UsageGroupList */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UsageList"] | components["schemas"]["UsageGroupList"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    listRequests: {
        parameters: {
            query?: {
                limit?: number;
                /** @description next_before of the page before */
                before?: string;
                outcome?: "ok" | "error" | "cancelled";
                /** @description The id of a key or a user */
                account?: string;
                /** @description The model's own name */
                model?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of the request log */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoggedRequestList"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    getRequestContent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `id` of a logged request */
                request: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The content; each reading is in the audit log */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestContent"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    getRequestLog: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description State */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestLog"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    setRequestLog: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description false wipes what is kept */
                    content: boolean;
                    /**
                     * @description How long content is kept: at most 24h. Of `content: true` only
                     * @default 1h
                     * @example 30m
                     * @example 24h
                     */
                    for?: string;
                };
            };
        };
        responses: {
            /** @description State after it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RequestLog"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    streamEvents: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description On connect: every job that has not ended, to an owner also the backup that is being made, the live calls, the status. 429 with Retry-After when 32 streams are open. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    getOwnership: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Known to everybody who can reach the node */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        claimed: boolean;
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    createSetupSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    token: string;
                };
            };
        };
        responses: {
            /** @description The token is used up; both halves of the session follow */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    password: string;
                };
            };
        };
        responses: {
            /** @description One answer for every wrong name or password; 429 with Retry-After while guessing is slowed */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    claimOwner: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    password: string;
                };
            };
        };
        responses: {
            /** @description The caller owns the node; 409 when somebody does already */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    recoverOwner: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    password: string;
                };
            };
        };
        responses: {
            /** @description The owner's other sessions and every setup session have ended; other users' go on */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    acceptInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    password: string;
                };
            };
        };
        responses: {
            /** @description The user is logged in; the user's older sessions have ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    current_password: string;
                    new_password: string;
                };
            };
        };
        responses: {
            /** @description The caller's other sessions have ended; this one has new halves */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ended: true;
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    listSessions: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Those alive now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        object: "list";
                        data: components["schemas"]["SessionRow"][];
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who is logged in here, and until when */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CurrentSession"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                session: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ended; another user's session is 404 for all but the owner */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        ended: true;
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    listUsers: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The owner first, then by name */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        object: "list";
                        data: components["schemas"]["User"][];
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    inviteUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: string;
                    /** @enum {unknown} */
                    role: "operator" | "viewer";
                };
            };
        };
        responses: {
            /** @description The user and the invitation; 409 when the name is taken, however it is capitalised */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invited"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    removeUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user's sessions have ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @constant */
                        removed: true;
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    setUserRole: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id */
                user: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {unknown} */
                    role: "operator" | "viewer";
                };
            };
        };
        responses: {
            /** @description The user */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    renewInvitation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id */
                user: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The user and the invitation */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invited"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    listSupportGrants: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest last */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        object: "list";
                        data: components["schemas"]["SupportGrant"][];
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    createSupportGrant: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    note?: string;
                    /** @description 30m, 12h, up to 7d, or a UTC time; default 24h */
                    expires?: string;
                };
            };
        };
        responses: {
            /** @description The grant and its secret */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SupportGrant"] & {
                        secret: string;
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    revokeSupportGrant: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                grant: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The grant, revoked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SupportGrant"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    getDiagnostics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description No content, no path, no address, no name that the owner chose */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Diagnostics"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    listSupportBundleParts: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In order */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        object: "list";
                        data: components["schemas"]["BundlePart"][];
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    createSupportBundle: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A .tar; its index.json is signed by the node and names size and SHA-256 of each other part */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-tar": string;
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    getEnrollment: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The state */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Enrollment"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    enrollNode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EnrollOrder"];
            };
        };
        responses: {
            /** @description The node is enrolled */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Enrollment"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    unenrollNode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The node is local */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Departure"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    listAudit: {
        parameters: {
            query?: {
                limit?: number;
                /** @description Entries with a lower seq */
                before?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of entries */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        object: "list";
                        data: components["schemas"]["AuditEntry"][];
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    verifyAudit: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The state of the chain */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        holds: boolean;
                        entries: number;
                        head: string;
                        first_broken_seq: number | null;
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    getInventory: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A reading of at most 30 s ago */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["InventorySnapshot"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    listRuntimes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description State, version, load and models */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        object: "list";
                        data: components["schemas"]["Runtime"][];
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    addRuntime: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuntimeSpec"];
            };
        };
        responses: {
            /** @description The runtime */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Runtime"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    testRuntime: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RuntimeTestRequest"];
            };
        };
        responses: {
            /** @description What answered; a server that cannot be used is told in `error` */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RuntimeTest"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    removeRuntime: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id */
                runtime: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @constant */
                        removed: true;
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    probeRuntimes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Found at the well-known loopback ports */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        object: "list";
                        data: components["schemas"]["FoundRuntime"][];
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    listLiveCalls: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Oldest first; no content */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        object: "list";
                        data: components["schemas"]["LiveCall"][];
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    stopLiveCall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Its id in the list of live calls */
                call: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It was told to stop; what it produced is booked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @constant */
                        stopped: true;
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    setModelPosture: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ModelPosture"];
            };
        };
        responses: {
            /** @description The model's profile */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelProfile"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    listOwnerModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Runtimes in order of preference; null is unknown */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        object: "list";
                        data: components["schemas"]["OwnerModel"][];
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    createMessage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MessageRequest"];
            };
        };
        responses: {
            /** @description The message; with stream: true, its events. The b3iq object is the last member of the message, or of message_delta */
            200: {
                headers: {
                    "x-ratelimit-limit-requests"?: string;
                    "x-ratelimit-remaining-requests"?: string;
                    "x-ratelimit-reset-requests"?: string;
                    "x-ratelimit-limit-tokens"?: string;
                    "x-ratelimit-remaining-tokens"?: string;
                    "x-ratelimit-reset-tokens"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Message"];
                    "text/event-stream": string;
                };
            };
            /** @description A rate limit of the key; the limits stand on every other answer to such a key too */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    "retry-after-ms"?: number;
                    "x-ratelimit-limit-requests"?: string;
                    "x-ratelimit-remaining-requests"?: string;
                    "x-ratelimit-reset-requests"?: string;
                    "x-ratelimit-limit-tokens"?: string;
                    "x-ratelimit-remaining-tokens"?: string;
                    "x-ratelimit-reset-tokens"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AnthropicError"];
                };
            };
            default: components["responses"]["AnthropicError"];
        };
    };
    countMessageTokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            default: components["responses"]["AnthropicError"];
        };
    };
    ollamaChat: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OllamaChatRequest"];
            };
        };
        responses: {
            /** @description The answer; unless stream is false, a line for each step. The b3iq object is the last member of the answer, or of the line with done */
            200: {
                headers: {
                    "x-ratelimit-limit-requests"?: string;
                    "x-ratelimit-remaining-requests"?: string;
                    "x-ratelimit-reset-requests"?: string;
                    "x-ratelimit-limit-tokens"?: string;
                    "x-ratelimit-remaining-tokens"?: string;
                    "x-ratelimit-reset-tokens"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaChatAnswer"];
                    "application/x-ndjson": string;
                };
            };
            /** @description A rate limit of the key; the limits stand on every other answer to such a key too */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    "retry-after-ms"?: number;
                    "x-ratelimit-limit-requests"?: string;
                    "x-ratelimit-remaining-requests"?: string;
                    "x-ratelimit-reset-requests"?: string;
                    "x-ratelimit-limit-tokens"?: string;
                    "x-ratelimit-remaining-tokens"?: string;
                    "x-ratelimit-reset-tokens"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaError"];
                };
            };
            default: components["responses"]["OllamaError"];
        };
    };
    ollamaGenerate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OllamaGenerateRequest"];
            };
        };
        responses: {
            /** @description The answer; unless stream is false, a line for each step. The b3iq object is the last member of the answer, or of the line with done */
            200: {
                headers: {
                    "x-ratelimit-limit-requests"?: string;
                    "x-ratelimit-remaining-requests"?: string;
                    "x-ratelimit-reset-requests"?: string;
                    "x-ratelimit-limit-tokens"?: string;
                    "x-ratelimit-remaining-tokens"?: string;
                    "x-ratelimit-reset-tokens"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaGenerateAnswer"];
                    "application/x-ndjson": string;
                };
            };
            /** @description A rate limit of the key; the limits stand on every other answer to such a key too */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    "retry-after-ms"?: number;
                    "x-ratelimit-limit-requests"?: string;
                    "x-ratelimit-remaining-requests"?: string;
                    "x-ratelimit-reset-requests"?: string;
                    "x-ratelimit-limit-tokens"?: string;
                    "x-ratelimit-remaining-tokens"?: string;
                    "x-ratelimit-reset-tokens"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaError"];
                };
            };
            default: components["responses"]["OllamaError"];
        };
    };
    ollamaEmbed: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OllamaEmbedRequest"];
            };
        };
        responses: {
            /** @description One vector for each text, in their order. The b3iq object is the last member */
            200: {
                headers: {
                    "x-ratelimit-limit-requests"?: string;
                    "x-ratelimit-remaining-requests"?: string;
                    "x-ratelimit-reset-requests"?: string;
                    "x-ratelimit-limit-tokens"?: string;
                    "x-ratelimit-remaining-tokens"?: string;
                    "x-ratelimit-reset-tokens"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaEmbedAnswer"];
                };
            };
            /** @description A rate limit of the key; the limits stand on every other answer to such a key too */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    "retry-after-ms"?: number;
                    "x-ratelimit-limit-requests"?: string;
                    "x-ratelimit-remaining-requests"?: string;
                    "x-ratelimit-reset-requests"?: string;
                    "x-ratelimit-limit-tokens"?: string;
                    "x-ratelimit-remaining-tokens"?: string;
                    "x-ratelimit-reset-tokens"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaError"];
                };
            };
            default: components["responses"]["OllamaError"];
        };
    };
    ollamaEmbeddings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OllamaEmbeddingsRequest"];
            };
        };
        responses: {
            /** @description The vector. The b3iq object is the last member */
            200: {
                headers: {
                    "x-ratelimit-limit-requests"?: string;
                    "x-ratelimit-remaining-requests"?: string;
                    "x-ratelimit-reset-requests"?: string;
                    "x-ratelimit-limit-tokens"?: string;
                    "x-ratelimit-remaining-tokens"?: string;
                    "x-ratelimit-reset-tokens"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaEmbeddingsAnswer"];
                };
            };
            /** @description A rate limit of the key; the limits stand on every other answer to such a key too */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    "retry-after-ms"?: number;
                    "x-ratelimit-limit-requests"?: string;
                    "x-ratelimit-remaining-requests"?: string;
                    "x-ratelimit-reset-requests"?: string;
                    "x-ratelimit-limit-tokens"?: string;
                    "x-ratelimit-remaining-tokens"?: string;
                    "x-ratelimit-reset-tokens"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaError"];
                };
            };
            default: components["responses"]["OllamaError"];
        };
    };
    ollamaTags: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Models */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaModelList"];
                };
            };
            default: components["responses"]["OllamaError"];
        };
    };
    ollamaPs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Models */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaModelList"];
                };
            };
            default: components["responses"]["OllamaError"];
        };
    };
    ollamaShow: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    model?: string;
                    name?: string;
                };
            };
        };
        responses: {
            /** @description The model */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaModel"];
                };
            };
            default: components["responses"]["OllamaError"];
        };
    };
    ollamaVersion: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Versions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OllamaVersion"];
                };
            };
            default: components["responses"]["OllamaError"];
        };
    };
    retrieveModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                "model*": string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The model */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Model"];
                };
            };
            default: components["responses"]["OpenAiError"];
        };
    };
    listModelProfiles: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One profile for each model */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelProfileList"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    createEmbedding: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmbeddingRequest"];
            };
        };
        responses: {
            /** @description One vector for each input, in their order. The b3iq object is the last member */
            200: {
                headers: {
                    "x-ratelimit-limit-requests"?: string;
                    "x-ratelimit-remaining-requests"?: string;
                    "x-ratelimit-reset-requests"?: string;
                    "x-ratelimit-limit-tokens"?: string;
                    "x-ratelimit-remaining-tokens"?: string;
                    "x-ratelimit-reset-tokens"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EmbeddingList"];
                };
            };
            /** @description A rate limit of the key; the limits stand on every other answer to such a key too */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    "retry-after-ms"?: number;
                    "x-ratelimit-limit-requests"?: string;
                    "x-ratelimit-remaining-requests"?: string;
                    "x-ratelimit-reset-requests"?: string;
                    "x-ratelimit-limit-tokens"?: string;
                    "x-ratelimit-remaining-tokens"?: string;
                    "x-ratelimit-reset-tokens"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenAiError"];
                };
            };
            default: components["responses"]["OpenAiError"];
        };
    };
    createCompletion: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CompletionRequest"];
            };
        };
        responses: {
            /** @description The text; with stream: true, events of text_completion and [DONE]. The b3iq object is the last member of the answer, or of the last event before [DONE] */
            200: {
                headers: {
                    "x-ratelimit-limit-requests"?: string;
                    "x-ratelimit-remaining-requests"?: string;
                    "x-ratelimit-reset-requests"?: string;
                    "x-ratelimit-limit-tokens"?: string;
                    "x-ratelimit-remaining-tokens"?: string;
                    "x-ratelimit-reset-tokens"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TextCompletion"];
                    "text/event-stream": string;
                };
            };
            /** @description A rate limit of the key; the limits stand on every other answer to such a key too */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    "retry-after-ms"?: number;
                    "x-ratelimit-limit-requests"?: string;
                    "x-ratelimit-remaining-requests"?: string;
                    "x-ratelimit-reset-requests"?: string;
                    "x-ratelimit-limit-tokens"?: string;
                    "x-ratelimit-remaining-tokens"?: string;
                    "x-ratelimit-reset-tokens"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenAiError"];
                };
            };
            default: components["responses"]["OpenAiError"];
        };
    };
    createResponse: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ResponseRequest"];
            };
        };
        responses: {
            /** @description The response; with stream: true, OpenAI's events from response.created to response.completed, response.incomplete or response.failed. The b3iq object is the last member of the final response */
            200: {
                headers: {
                    "x-ratelimit-limit-requests"?: string;
                    "x-ratelimit-remaining-requests"?: string;
                    "x-ratelimit-reset-requests"?: string;
                    "x-ratelimit-limit-tokens"?: string;
                    "x-ratelimit-remaining-tokens"?: string;
                    "x-ratelimit-reset-tokens"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Response"];
                    "text/event-stream": string;
                };
            };
            /** @description A rate limit of the key; the limits stand on every other answer to such a key too */
            429: {
                headers: {
                    /** @description Seconds */
                    "Retry-After"?: number;
                    "retry-after-ms"?: number;
                    "x-ratelimit-limit-requests"?: string;
                    "x-ratelimit-remaining-requests"?: string;
                    "x-ratelimit-reset-requests"?: string;
                    "x-ratelimit-limit-tokens"?: string;
                    "x-ratelimit-remaining-tokens"?: string;
                    "x-ratelimit-reset-tokens"?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OpenAiError"];
                };
            };
            default: components["responses"]["OpenAiError"];
        };
    };
    listCatalogue: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The catalogue that came with the node */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        object: "list";
                        data: components["schemas"]["CatalogueModel"][];
                        checked: string;
                        about: string;
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    listInstalledModels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        object: "list";
                        data: components["schemas"]["InstalledModel"][];
                        disk_used_bytes: number;
                        disk_free_bytes: number | null;
                        memory_used_bytes: number;
                        memory_budget_bytes: number;
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    removeInstalledModel: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                model: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @constant */
                        removed: true;
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    loadModel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    model: string;
                };
            };
        };
        responses: {
            /** @description It is in memory */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        loaded: boolean;
                        memory_bytes: number | null;
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    unloadModel: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    model: string;
                };
            };
        };
        responses: {
            /** @description It is not in memory */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        loaded: boolean;
                        memory_bytes: number | null;
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    listBenchmarks: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        object: "list";
                        data: components["schemas"]["ModelBenchmark"][];
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    listModelJobs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Open ones, and the last 200 that ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @constant */
                        object: "list";
                        data: components["schemas"]["ModelJob"][];
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    createModelJob: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {unknown} */
                    kind?: "install" | "pull" | "benchmark";
                    /** @description an id of the catalogue */
                    catalogue?: string;
                    url?: string;
                    /** @description absolute, on the node's machine */
                    path?: string;
                    /** @description the id of an ollama runtime */
                    runtime?: string;
                    name?: string;
                    model?: string;
                    sha256?: string;
                    size_bytes?: number;
                    bytes_per_second?: number;
                };
            };
        };
        responses: {
            /** @description It is queued; ask for it until it has ended */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelJob"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    getModelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelJob"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    removeModelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @constant */
                        removed: true;
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    cancelModelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it was; its state follows within a second */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelJob"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    resumeModelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                job: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is queued */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ModelJob"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    listSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description In the order of docs/config.md */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingList"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    changeSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SettingChanges"];
            };
        };
        responses: {
            /** @description All settings, as they are now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettingList"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    restartNode: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Ask /health until it answers; sessions stay */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Restarting"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    listBackups: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What there is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupList"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    createBackup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    with_identity: boolean;
                    /** @description The caller's own; needed with the identity, but for the command line */
                    password?: string;
                };
            };
        };
        responses: {
            /** @description It is being made; ask for it until it has ended, or follow the event `backup` */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backup"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    getBackup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                backup: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The backup */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backup"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    removeBackup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                backup: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is gone */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        id: string;
                        /** @constant */
                        removed: true;
                    };
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    cancelBackup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                backup: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description As it was; its state follows within a second. conflict when it has ended */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backup"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    getBackupArchive: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                backup: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The caller's own; a session needs it */
                    password?: string;
                };
            };
        };
        responses: {
            /** @description A folder of the backup's id, as b3iq-host restore takes it */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-tar": string;
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    restoreBackup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                backup: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The caller's own; needed, but for the command line */
                    password?: string;
                };
            };
        };
        responses: {
            /** @description Ask /health until it answers; every session has ended then */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Restarting"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    getUpdateCheck: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Nothing is asked */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UpdateCheck"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
    checkForUpdate: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description What it says, or the error */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UpdateCheck"];
                };
            };
            default: components["responses"]["NativeError"];
        };
    };
}
