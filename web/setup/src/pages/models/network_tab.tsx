import { client, ok } from "@b3iq/shared/api/client.ts";
import type { ModelProfile } from "@b3iq/shared/api/types.ts";
import { Card } from "@b3iq/shared/kit/card.tsx";
import { type Column, DataList } from "@b3iq/shared/kit/data_list.tsx";
import { Dialog } from "@b3iq/shared/kit/dialog.tsx";
import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { ErrorNotice, withCode } from "@b3iq/shared/kit/error_notice.tsx";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { TextButton } from "@b3iq/shared/kit/text_button.tsx";
import { Switch } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "../../app/session";
import { gateNames, gateStep, tierWords } from "./gate_words";
import styles from "./models.module.css";

/** What the owner allows each model to be used for beyond this node. */
export default function NetworkTab() {
  const profiles = useQuery({
    queryKey: ["model-profiles"],
    queryFn: async ({ signal }) => (await ok(client.GET("/v1/model-profiles", { signal }))).data,
  });
  return (
    <>
      <Card>
        <div className={styles.prose}>
          <p>
            <strong>Without your word this node serves only you and the keys you make.</strong>{" "}
            Strangers reach a model only through a control plane that you joined and allow to send
            private jobs.
          </p>
          <p>
            “May serve the network”: calls of people you do not know may reach the model. “May take
            paid calls”: such calls may be paid; it sets no price. A private job needs both. Turned
            on, they open nothing by themselves. Turned off, they stay a no whatever else becomes
            ready.
          </p>
        </div>
      </Card>
      <Loaded query={profiles}>
        {(list) => {
          // The catalogue's models have a profile too; only those of this node can be allowed.
          const own = list.filter((profile) => profile.status !== "ready_to_install");
          const shown = own.filter((profile) => profile.status !== "hardware_unsupported");
          if (shown.length === 0)
            return (
              <EmptyState title="No model to decide about">
                Models of this node show up here once they are installed.
              </EmptyState>
            );
          return (
            <DataList
              caption="What each model may be used for"
              columns={columns}
              rows={shown}
              rowKey={(profile) => profile.id}
            />
          );
        }}
      </Loaded>
    </>
  );
}

const columns: Column<ModelProfile>[] = [
  {
    title: "Model",
    main: true,
    cell: (profile) => (
      <span className={styles.name}>
        <span>{profile.id}</span>
        <span className={styles.small}>
          {profile.runtime_kind || "no runtime"} · tier: {tierWords(profile.route_tier)}
        </span>
      </span>
    ),
  },
  { title: "May serve the network", cell: (profile) => <Allow profile={profile} what="network" /> },
  { title: "May take paid calls", cell: (profile) => <Allow profile={profile} what="paid" /> },
  { title: "In the way", cell: (profile) => <Blockers profile={profile} /> },
];

/** One of the two switches. Paid calls come only over the network: turning that off turns both off. */
function Allow({ profile, what }: { profile: ModelProfile; what: "network" | "paid" }) {
  const may = useMay("operator");
  const cache = useQueryClient();
  const notify = useNotify();
  const allow = useMutation({
    mutationFn: (on: boolean) => {
      const paid = what === "paid" ? on : on && profile.paid_route_eligible;
      const network_eligible = what === "network" ? on : profile.network_eligible;
      const body = { model: profile.id, network_eligible, paid_route_eligible: paid };
      return ok(client.POST("/setup/v1/model-posture", { body }));
    },
    onSuccess: (changed) => {
      cache.setQueryData<ModelProfile[]>(["model-profiles"], (list) =>
        list?.map((one) => (one.id === changed.id ? changed : one)),
      );
      notify(`Saved for ${profile.id}`);
    },
  });
  const on = what === "network" ? profile.network_eligible : profile.paid_route_eligible;
  const words = what === "network" ? "may serve the network" : "may take paid calls";
  return (
    <>
      <Switch
        aria-label={`${profile.id} ${words}`}
        checked={on}
        disabled={!may || allow.isPending || (what === "paid" && !profile.network_eligible)}
        onChange={(event) => allow.mutate(event.currentTarget.checked)}
      />
      <ErrorNotice error={allow.error} />
    </>
  );
}

function Blockers({ profile }: { profile: ModelProfile }) {
  const [open, setOpen] = useState(false);
  const count = profile.blockers.length;
  if (count === 0) return <StatusDot tone="good">nothing</StatusDot>;
  return (
    <>
      <TextButton onClick={() => setOpen(true)}>
        {count === 1 ? "1 gate" : `${count} gates`}
        <span className="b3-visually-hidden"> for {profile.id}</span>
      </TextButton>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title={`Between ${profile.id} and paid work`}
      >
        <ul className={styles.gates}>
          {profile.blockers.map((blocker) => (
            <li key={blocker.gate}>
              <StatusDot tone="idle">{gateNames[blocker.gate]}</StatusDot>
              <p>{withCode(blocker.detail)}</p>
              <p className={styles.small}>{gateStep(blocker.gate, profile)}</p>
            </li>
          ))}
        </ul>
      </Dialog>
    </>
  );
}
