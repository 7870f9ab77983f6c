import { Radio } from "@mantine/core";
import { type Invitable, kInvitable, roleAbout, roleNames } from "./roles";
import styles from "./users.module.css";

export function RoleChoice({
  role,
  onChange,
}: {
  role: Invitable;
  onChange: (role: Invitable) => void;
}) {
  return (
    <fieldset className={styles.roles}>
      <legend>Role</legend>
      {kInvitable.map((one) => (
        <Radio
          key={one}
          name="role"
          label={roleNames[one]}
          description={roleAbout[one]}
          checked={role === one}
          onChange={() => onChange(one)}
        />
      ))}
    </fieldset>
  );
}
