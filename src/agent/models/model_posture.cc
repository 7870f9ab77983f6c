#include "agent/models/model_posture.h"

namespace b3iq::agent {

using base::Status;
using base::Task;
using storage::Statement;
using storage::Value;

namespace {

constexpr Statement kSelect{
    "SELECT model_id, network_eligible, paid_route_eligible FROM model_postures"};
constexpr Statement kSet{
    "INSERT INTO model_postures (model_id, network_eligible, paid_route_eligible) VALUES ($1, $2, "
    "$3) ON CONFLICT (model_id) DO UPDATE SET network_eligible = $2, paid_route_eligible = $3"};

}  // namespace

Status ModelPostures::load() {
  return database_.read_blocking([this](storage::Transaction& tx) {
    postures_.clear();
    auto take = [this](const storage::Row& row) {
      postures_.insert_or_assign(std::string(row.text(0)),
                                 ModelPosture{row.integer(1) != 0, row.integer(2) != 0});
      return true;
    };
    return tx.query(kSelect, {}, std::move(take));
  });
}

ModelPosture ModelPostures::of(std::string_view model) const {
  const auto found = postures_.find(model);
  return found == postures_.end() ? ModelPosture() : found->second;
}

Task<Status> ModelPostures::set(std::string model, ModelPosture posture, std::string actor) {
  const AuditAct act{std::move(actor), "model.posture_set", model};
  auto body = [&](storage::Transaction& tx) -> Task<Status> {
    const Value values[] = {std::string_view(model), std::int64_t{posture.network_eligible ? 1 : 0},
                            std::int64_t{posture.paid_route_eligible ? 1 : 0}};
    CO_TRY([[maybe_unused]] const auto changed, co_await tx.exec(kSet, values));
    co_return co_await audit_.append(tx, act);
  };
  CO_TRY_OK(co_await database_.write(std::move(body)));
  postures_.insert_or_assign(std::move(model), posture);
  co_return Status();
}

}  // namespace b3iq::agent
