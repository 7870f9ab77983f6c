// What GET /setup/v1/inventory tells (docs/operating/inventory.md): null is unknown, never zero.

export interface Gpu {
  name: string | null;
  vendor: string | null;
  driver: string | null;
  driver_version: string | null;
  pci_address: string | null;
  display_only: boolean | null;
  memory_shared: boolean | null;
  memory_total_bytes: number | null;
  memory_used_bytes: number | null;
  shared_total_bytes: number | null;
  utilization_percent: number | null;
  temperature_c: number | null;
  power_milliwatts: number | null;
}

export interface Disk {
  role: string;
  path: string;
  mount_point: string | null;
  type: string | null;
  total_bytes: number | null;
  free_bytes: number | null;
  read_only: boolean | null;
}

export interface Inventory {
  os: {
    name: string | null;
    kernel: string | null;
    architecture: string | null;
    virtual_machine: string | null;
    container: string | null;
  };
  cpu: {
    model: string | null;
    features: string[] | null;
    logical_cpus: number | null;
    usable_cpus: number | null;
    quota_millicpus: number | null;
  };
  topology: { physical_cores: number | null; numa_nodes: number | null };
  memory: {
    total_bytes: number | null;
    available_bytes: number | null;
    limit_bytes: number | null;
    limit_used_bytes: number | null;
  };
  /** null: not known whether there is one. */
  gpus: Gpu[] | null;
  gpus_complete: boolean;
  disks: Disk[] | null;
  unknown: { field: string; reason: string }[];
  notes: { code?: string; text: string }[];
}

export interface InventorySnapshot {
  taken_at: string;
  age_ms: number;
  inventory: Inventory;
}
