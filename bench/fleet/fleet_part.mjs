// A part that measures programs; skipped where one of them is not built.
import fs from 'node:fs';
import path from 'node:path';
import { workDir } from '../parties.mjs';
import { controlPlaneBin } from './control_plane.mjs';
import { simulator } from './fleet_sim.mjs';

export const partWith = (...programs) => (part) => async (rows, options) => {
  const absent = programs.find((file) => !fs.existsSync(file));
  if (absent) {
    rows.skip(part.name, `not built: ${path.basename(absent)}`);
    return;
  }
  fs.mkdirSync(workDir, { recursive: true });
  await part(rows, options);
};

// One of the control plane and a simulated fleet.
export const fleetPart = partWith(controlPlaneBin, simulator);
