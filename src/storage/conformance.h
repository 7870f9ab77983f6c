// The suite that every driver passes. A driver's test file gives a type with
//   static std::string missing();            why it cannot run here; empty when it can
//   std::unique_ptr<Database> open();        the same database at each call, empty at the first
//   std::unique_ptr<Database> open_again();  the same while it is open; null where that cannot be
//   base::Result<std::unique_ptr<Database>> open_copy(const std::string& path);    a backup, opened
//   std::string backup_path();               where a backup may be made; empty: it makes none
//   static base::Result<std::string> schema(Database& db);           as storage/schema_text.h has
//   it
// and writes: INSTANTIATE_TYPED_TEST_SUITE_P(Name, DatabaseConformance, Driver);
#pragma once

#include "storage/conformance/concurrency_cases.h"
#include "storage/conformance/schema_cases.h"
#include "storage/conformance/statement_cases.h"
#include "storage/conformance/transaction_cases.h"

namespace b3iq::storage::conformance {

REGISTER_TYPED_TEST_SUITE_P(
    DatabaseConformance,
    // statement_cases.h
    KeepsEveryKindOfValue, ParametersAreBoundByNumber, AWrongNumberOfValuesIsRefused,
    ExecCountsTheRowsItChanged, AQueryStopsWhenTold, ManyRowsInOneStatementAreCountedOneByOne,
    ManyRowsOfWhichOneFailsLeaveNothing, ManyInsertedRowsAreCountedTogether,
    ManyInsertedRowsOfWhichOneFailsLeaveNothing, ManyCallsOfAQueryBringTheirRowsInOrder,
    ManyCallsOfAQueryOfWhichOneFailsLeaveNothing, AStatementWithoutMeaningFailsItsBodyAlone,
    AnUpsertChangesOneRowOrNone,
    // transaction_cases.h
    AFailingBodyLeavesNothing, ABodyThatGivesUpAfterWritingLeavesNothing,
    ABodyThatThrowsLeavesNothing, ForeignKeysAreEnforced, AReadCannotWrite, AReadSeesOneSnapshot,
    // concurrency_cases.h
    GroupsCommitTogetherAndFailAlone, ReadModifyWriteLosesNothing,
    CloseFinishesWhatWasAcceptedAndRefusesTheRest, BodiesOfManyShapesRunOneAfterAnother,
    ManyRowsOfOneBodyAreNotMixedWithTheNextBody,
    // schema_cases.h
    MigrationsRunOnce, G10_126_UpgradeKeepsDataAndDowngradeIsRefusedUntouched,
    G10_126_AFailingMigrationIsUndoneAndLaterOnesWait, G10_126_AnEditedMigrationIsRefused,
    G10_125_ABackupUnderLoadIsOfOnePoint, TwoProgramsMayMigrateAtOnce,
    TheSchemaReadsTheSameOnEveryDriver);

}  // namespace b3iq::storage::conformance
