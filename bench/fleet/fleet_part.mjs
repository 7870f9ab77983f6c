// A part that measures the control plane; skipped where its programs are not built.
import fs from 'node:fs';
import path from 'node:path';
import { workDir } from '../parties.mjs';
import { controlPlaneBin } from './control_plane.mjs';
import { simulator } from './fleet_sim.mjs';

export const fleetPart = (part) => async (rows, options) => {
  const absent = [controlPlaneBin, simulator].find((file) => !fs.existsSync(file));
  if (absent) {
    rows.skip(part.name, `not built: ${path.basename(absent)}`);
    return;
  }
  fs.mkdirSync(workDir, { recursive: true });
  await part(rows, options);
};
