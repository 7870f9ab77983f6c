// The API's types by their short names. Pages import from here, never from local.d.ts.
import type { components, paths } from "./local";
import type { PendingPaths } from "./pending";

type Merged<Generated, Pending> = {
  [P in keyof Generated | keyof Pending]: P extends keyof Pending
    ? P extends keyof Generated
      ? Omit<Generated[P], keyof Pending[P]> & Pending[P]
      : Pending[P]
    : P extends keyof Generated
      ? Generated[P]
      : never;
};

export type Paths = Merged<paths, PendingPaths>;

type Schemas = components["schemas"];
export type Health = Schemas["Health"];
export type Status = Schemas["Status"];
export type Problem = Schemas["Problem"];
export type Key = Schemas["Key"];
export type KeySpec = Schemas["KeySpec"];
export type CreatedKey = Schemas["CreatedKey"];
export type Receipt = Schemas["Receipt"];
export type ReceiptList = Schemas["ReceiptList"];
export type AuditEntry = Schemas["AuditEntry"];
export type SupportGrant = Schemas["SupportGrant"];
export type FoundRuntime = Schemas["FoundRuntime"];
export type LiveCall = Schemas["LiveCall"];
export type OwnerModel = Schemas["OwnerModel"];
export type ModelProfile = Schemas["ModelProfile"];
export type CatalogueModel = Schemas["CatalogueModel"];
export type InstalledModel = Schemas["InstalledModel"];
export type ModelJob = Schemas["ModelJob"];
export type ModelBenchmark = Schemas["ModelBenchmark"];

/** What the machine has; null is unknown, never zero. */
export type InventorySnapshot = Schemas["InventorySnapshot"];
export type Inventory = Schemas["Inventory"];
export type Gpu = Schemas["Gpu"];
export type Disk = Schemas["Disk"];

export type Runtime = Schemas["Runtime"];
export type NewRuntime = Schemas["RuntimeSpec"];
export type RuntimeTest = Schemas["RuntimeTest"];
export type Role = Schemas["Role"];
export type UserName = Schemas["UserName"];
export type Session = Schemas["Session"];
export type OwnSession = Schemas["CurrentSession"];
export type SessionRow = Schemas["SessionRow"];
export type User = Schemas["User"];
export type Invited = Schemas["Invited"];
export type Enrollment = Schemas["Enrollment"];
export type Setting = Schemas["Setting"];
export type Settings = Schemas["SettingList"];
export type Restarting = Schemas["Restarting"];
export type Backup = Schemas["Backup"];
export type UpdateCheck = Schemas["UpdateCheck"];
export type UsageRow = Schemas["UsageRow"];
export type GroupedUsageRow = Schemas["UsageGroup"];
export type LoggedRequest = Schemas["LoggedRequest"];
export type LoggedRequests = Schemas["LoggedRequestList"];
export type RequestContent = Schemas["RequestContent"];
export type RequestLog = Schemas["RequestLog"];

export interface List<T> {
  object: "list";
  data: T[];
}
