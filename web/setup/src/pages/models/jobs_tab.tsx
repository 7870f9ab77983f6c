import { EmptyState } from "@b3iq/shared/kit/empty_state.tsx";
import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { Section } from "@b3iq/shared/kit/page.tsx";
import { Button } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";
import { useModelJobs } from "../../app/data";
import { JobCard } from "./job_card";
import { isOpen } from "./job_words";
import styles from "./models.module.css";

const kPage = 10;

export default function JobsTab() {
  const jobs = useModelJobs();
  const [count, setCount] = useState(kPage);
  return (
    <Loaded query={jobs}>
      {(all) => {
        const open = all.filter(isOpen);
        const ended = all.filter((job) => !isOpen(job));
        if (all.length === 0)
          return (
            <EmptyState
              title="Nothing was installed yet"
              action={
                <Button component={Link} href="/models?tab=catalogue">
                  Open the catalogue
                </Button>
              }
            >
              Installs, pulls and measurements show up here while they run and after they have
              ended.
            </EmptyState>
          );
        return (
          <>
            {open.length > 0 && (
              <Section
                title="Now"
                about="One install runs at a time, a measurement beside it. They go on when you leave this page, and after a restart."
              >
                {open.map((job) => (
                  <JobCard key={job.id} job={job} />
                ))}
              </Section>
            )}
            {ended.length > 0 && (
              <Section title="Ended">
                <div className={styles.stack}>
                  {ended.slice(0, count).map((job) => (
                    <JobCard key={job.id} job={job} />
                  ))}
                </div>
                {ended.length > count && (
                  <div>
                    <Button variant="default" onClick={() => setCount(count + kPage)}>
                      Show {Math.min(kPage, ended.length - count)} more of {ended.length}
                    </Button>
                  </div>
                )}
              </Section>
            )}
          </>
        );
      }}
    </Loaded>
  );
}
