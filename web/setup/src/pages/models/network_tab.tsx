import { client, ok } from "@b3iq/shared/api/client.ts";
import type { ModelProfile } from "@b3iq/shared/api/types.ts";
import { Card, CardGrid } from "@b3iq/shared/kit/card.tsx";
import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { ErrorNotice, withCode } from "@b3iq/shared/kit/error_notice.tsx";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { useNotify } from "@b3iq/shared/kit/notices.tsx";
import { StatusDot } from "@b3iq/shared/kit/status_dot.tsx";
import { Switch } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
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
            <strong>This node serves only you and the keys you make.</strong> It belongs to no
            network, sends no heartbeat, and nothing here earns or costs money.
          </p>
          <p>
            The switches write down what you would allow once a network exists. Turned on, they
            change nothing today: no call comes from outside, no price is set, no model is
            announced. Turned off, they stay a no whatever else becomes ready.
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
            <CardGrid min="26rem">
              {shown.map((profile) => (
                <ProfileCard key={profile.id} profile={profile} />
              ))}
            </CardGrid>
          );
        }}
      </Loaded>
    </>
  );
}

function ProfileCard({ profile }: { profile: ModelProfile }) {
  const may = useMay("operator");
  const cache = useQueryClient();
  const notify = useNotify();
  const allow = useMutation({
    mutationFn: (change: Partial<ModelProfile>) => {
      const { network_eligible, paid_route_eligible } = { ...profile, ...change };
      const body = { model: profile.id, network_eligible, paid_route_eligible };
      return ok(client.POST("/setup/v1/model-posture", { body }));
    },
    onSuccess: (changed) => {
      cache.setQueryData<ModelProfile[]>(["model-profiles"], (list) =>
        list?.map((one) => (one.id === changed.id ? changed : one)),
      );
      notify(`Saved for ${profile.id}`);
    },
  });
  const paid = profile.network_eligible;
  return (
    <Card title={profile.id}>
      <p className={styles.soft}>
        {profile.runtime_kind || "no runtime"} · route tier: {tierWords(profile.route_tier)}
      </p>
      <div className={styles.switches}>
        <Switch
          label="May serve the network"
          description="You allow calls of people you do not know to reach this model."
          checked={profile.network_eligible}
          disabled={!may || allow.isPending}
          onChange={(event) =>
            allow.mutate(
              event.currentTarget.checked
                ? { network_eligible: true }
                : { network_eligible: false, paid_route_eligible: false },
            )
          }
        />
        <Switch
          label="May take paid calls"
          description={
            paid
              ? "You allow payment for such calls. It sets no price."
              : "Only a model that may serve the network can take paid calls."
          }
          checked={profile.paid_route_eligible}
          disabled={!may || allow.isPending || !paid}
          onChange={(event) => allow.mutate({ paid_route_eligible: event.currentTarget.checked })}
        />
      </div>
      <ErrorNotice error={allow.error} />
      <details className={styles.gates}>
        <summary>
          {profile.blockers.length === 0
            ? "Nothing stands in the way"
            : `${profile.blockers.length} ${profile.blockers.length === 1 ? "thing stands" : "things stand"} between it and paid work`}
        </summary>
        <ul>
          {profile.blockers.map((blocker) => (
            <li key={blocker.gate}>
              <StatusDot tone="idle">{gateNames[blocker.gate]}</StatusDot>
              <p>{withCode(blocker.detail)}</p>
              <p className={styles.small}>{gateStep(blocker.gate, profile)}</p>
            </li>
          ))}
        </ul>
      </details>
    </Card>
  );
}
