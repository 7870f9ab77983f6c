#include "control/ledger/ledger_types.h"

#include <gtest/gtest.h>

#include <map>

namespace b3iq::control {
namespace {

constexpr BillingStatus kBilling[] = {BillingStatus::unbilled, BillingStatus::reserved,
                                      BillingStatus::settled, BillingStatus::released,
                                      BillingStatus::refunded};
constexpr BillingEvent kEvents[] = {BillingEvent::reserve, BillingEvent::settle,
                                    BillingEvent::release, BillingEvent::refund};

TEST(LedgerTypes, G7_84_OnlyTheFourTransitionsOfBillingExist) {
  const std::map<std::pair<BillingStatus, BillingEvent>, BillingStatus> allowed = {
      {{BillingStatus::unbilled, BillingEvent::reserve}, BillingStatus::reserved},
      {{BillingStatus::reserved, BillingEvent::settle}, BillingStatus::settled},
      {{BillingStatus::reserved, BillingEvent::release}, BillingStatus::released},
      {{BillingStatus::settled, BillingEvent::refund}, BillingStatus::refunded},
  };
  for (const auto now : kBilling) {
    for (const auto event : kEvents) {
      const auto known = allowed.find({now, event});
      const auto next = next_billing_status(now, event);
      ASSERT_EQ(next.has_value(), known != allowed.end()) << wire_name(now);
      if (next) EXPECT_EQ(*next, known->second);
    }
  }
}

TEST(LedgerTypes, APayoutThatABatchHoldsIsCorrectedAndNeverWithheld) {
  EXPECT_EQ(next_payout_status(PayoutStatus::pending, PayoutEvent::take_back),
            PayoutStatus::withheld);
  EXPECT_EQ(next_payout_status(PayoutStatus::batched, PayoutEvent::take_back),
            PayoutStatus::corrected);
  EXPECT_EQ(next_payout_status(PayoutStatus::finalized, PayoutEvent::take_back),
            PayoutStatus::corrected);
  EXPECT_EQ(next_payout_status(PayoutStatus::batched, PayoutEvent::reset), PayoutStatus::pending);
  EXPECT_EQ(next_payout_status(PayoutStatus::finalized, PayoutEvent::reset), std::nullopt);
  for (const auto event :
       {PayoutEvent::batch, PayoutEvent::finalize, PayoutEvent::reset, PayoutEvent::take_back}) {
    EXPECT_EQ(next_payout_status(PayoutStatus::withheld, event), std::nullopt);
    EXPECT_EQ(next_payout_status(PayoutStatus::corrected, event), std::nullopt);
  }
}

TEST(LedgerTypes, NamesAreReadBackAsTheyAreWritten) {
  for (const auto status : kBilling) EXPECT_EQ(billing_status_from_name(wire_name(status)), status);
  for (const auto kind : kAllEntryKinds) EXPECT_EQ(entry_kind_from_stored(stored_name(kind)), kind);
  EXPECT_EQ(wire_name(EntryKind::adjustment_down), "adjustment");
  EXPECT_EQ(billing_status_from_name("paid"), std::nullopt);
}

TEST(LedgerTypes, AnEntryThatDoesNotFitChangesNothing) {
  LedgerAccount account;
  account.id = "cus_x";
  ASSERT_TRUE(post_entry(account, EntryKind::credit, Amount(10), 1));
  ASSERT_TRUE(post_entry(account, EntryKind::reserve, Amount(7), 2));
  const auto before = account;
  EXPECT_FALSE(post_entry(account, EntryKind::reserve, Amount(4), 3));
  EXPECT_FALSE(post_entry(account, EntryKind::adjustment_down, Amount(4), 3));
  EXPECT_FALSE(post_entry(account, EntryKind::debit, Amount(8), 3));
  EXPECT_FALSE(post_entry(account, EntryKind::release, Amount(8), 3));
  EXPECT_FALSE(post_entry(account, EntryKind::credit, Amount::max(), 3));
  EXPECT_EQ(account, before);
  EXPECT_EQ(account.available(), Amount(3));
}

TEST(LedgerTypes, G7_91_EntriesOfAnAccountNeverGoBackInTime) {
  LedgerAccount account;
  const auto first = post_entry(account, EntryKind::credit, Amount(1), 500);
  const auto second = post_entry(account, EntryKind::credit, Amount(1), 100);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(second->created_at_ms, 500);
}

TEST(LedgerTypes, WhatIsLeftOfAPriceIsItsRounding) {
  EXPECT_EQ((PriceSplit{Amount(10), Amount(7), Amount(2)}.rounding()), Amount(1));
  EXPECT_EQ((PriceSplit{Amount(9), Amount(7), Amount(3)}.rounding()), std::nullopt);
  EXPECT_EQ((PriceSplit{Amount(9), Amount::max(), Amount(1)}.rounding()), std::nullopt);
}

}  // namespace
}  // namespace b3iq::control
