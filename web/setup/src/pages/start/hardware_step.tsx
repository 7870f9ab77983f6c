import { Loaded } from "@b3iq/shared/kit/loading.tsx";
import { useInventory } from "../../app/data";
import { MachineCards } from "../../parts/machine_cards";
import { StartFrame } from "./frame";
import { Way } from "./way";

export default function HardwareStep() {
  const inventory = useInventory();
  return (
    <StartFrame
      step="hardware"
      title="What this machine has"
      about="The node reads its machine and guesses nothing. What cannot be read is shown as unknown. Which models fit follows from this."
      footer={<Way from="hardware" ready />}
    >
      <Loaded query={inventory}>
        {(snapshot) => <MachineCards inventory={snapshot.inventory} />}
      </Loaded>
    </StartFrame>
  );
}
