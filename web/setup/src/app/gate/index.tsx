// What somebody without a session sees: who they are decides which of these.
import { useSession } from "../session";
import { Claim } from "./claim";
import { Invitation } from "./invitation";
import { Login } from "./login";
import { Recovery } from "./recovery";
import { Unclaimed } from "./unclaimed";
import { Unreachable } from "./unreachable";

export default function Gate() {
  const { session } = useSession();
  switch (session.state) {
    case "unreachable":
      return <Unreachable error={session.error} />;
    case "setup":
      return session.claimed ? <Recovery /> : <Claim />;
    case "invited":
      return <Invitation user={session.user} />;
    case "out":
      return session.claimed ? (
        <Login tokenError={session.error} />
      ) : (
        <Unclaimed tokenError={session.error} />
      );
    default:
      return null;
  }
}
