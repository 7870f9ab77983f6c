import { ErrorNotice } from "@b3iq/shared/kit/error_notice.tsx";
import { Component, type ReactNode } from "react";

/** A page that fails takes only itself down. `at`: the page; another one starts afresh. */
export class PageFault extends Component<
  { at: string; children: ReactNode },
  { error: unknown; at: string }
> {
  override state = { error: null as unknown, at: this.props.at };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  static getDerivedStateFromProps(props: { at: string }, state: { error: unknown; at: string }) {
    return props.at === state.at ? null : { at: props.at, error: null };
  }

  override render() {
    if (!this.state.error) return this.props.children;
    return (
      <ErrorNotice error={this.state.error} retry="Load again" onRetry={() => location.reload()} />
    );
  }
}
